// SPDX-License-Identifier: GPL-3.0-or-later
// Holds the writer thread of a store before each commit until it gets a ticket, so that what waits behind a
// commit is the same in every run.
#pragma once

#include <condition_variable>
#include <functional>
#include <mutex>

namespace ringmaster::torture {

class Turnstile {
public:
    // onAsked: called on the writer's thread whenever it comes to the turnstile.
    explicit Turnstile(std::function<void()> onAsked)
        : m_onAsked(std::move(onAsked))
    {}

    void pass()
    {
        std::unique_lock lock(m_mutex);
        ++m_asked;
        m_onAsked();
        m_changed.wait(lock, [this] { return m_open || m_tickets > 0; });
        if (!m_open)
            --m_tickets;
    }
    void giveTicket()
    {
        const std::scoped_lock lock(m_mutex);
        ++m_tickets;
        m_changed.notify_all();
    }
    void openForGood()
    {
        const std::scoped_lock lock(m_mutex);
        m_open = true;
        m_changed.notify_all();
    }
    int asked() const
    {
        const std::scoped_lock lock(m_mutex);
        return m_asked;
    }

private:
    const std::function<void()> m_onAsked;
    mutable std::mutex m_mutex;
    std::condition_variable m_changed;
    int m_asked = 0;
    int m_tickets = 0;
    bool m_open = false;
};

} // namespace ringmaster::torture
