// SPDX-License-Identifier: GPL-3.0-or-later
// What became of the writes that their clients named (an idempotency id), so that a retry finds its own write
// instead of making it once more.
//
// In memory, at the coordinator, for a bounded time, number and size; the oldest that are over go first. What
// it does not know (another coordinator, a restart, too long ago) is made once more: with the context of the
// first attempt the two are siblings, and nothing that was written meanwhile is lost.
//
// A plain value; the time is passed in.
#pragma once

#include "nodecore/request/client_request.h"
#include "nodecore/storage/replica.h"

#include <deque>
#include <map>
#include <tuple>
#include <variant>

namespace ringmaster {

class RememberedWrites {
public:
    struct Limits {
        Duration keepFor = std::chrono::minutes(5); // after the client was answered
        size_t writes = 10'000;
        qsizetype bytes = 32 * 1024 * 1024; // of their keys and siblings, about
    };
    // A write's name: one id may name a write of each of several keys.
    struct Name {
        QByteArray id;
        Key key;
        friend auto operator<=>(const Name& a, const Name& b)
        {
            return std::tie(a.id, a.key) <=> std::tie(b.id, b.key);
        }
        friend bool operator==(const Name&, const Name&) = default;
    };

    // What a request that comes with a name is to do.
    struct Begin {};      // nothing is known of it: make the write, and tell made() and answered()
    struct UnderWay {};   // the first attempt is not over
    struct OtherWrite {}; // the name is that of a write of something else
    struct Answer {       // it was acknowledged so
        PutResponse response;
    };
    struct Continue { // it was minted, and found no quorum: bring it to one. Tell answered()
        Replica::Minted minted;
    };
    using Lookup = std::variant<Begin, UnderWay, OtherWrite, Answer, Continue>;

    RememberedWrites()
        : RememberedWrites(Limits())
    {}
    explicit RememberedWrites(Limits limits)
        : m_limits(limits)
    {}

    Lookup begin(const Name& name, const SiblingSet::Content& content, MonoTime now);
    // The mint of a write that was begun has succeeded or failed; it may come after answered().
    void made(const Name& name, const Result<Replica::Minted>& minted, MonoTime now);
    void answered(const Name& name, const RequestResult<PutResponse>& result, MonoTime now);

    size_t size() const { return m_writes.size(); }

private:
    struct Write {
        QByteArray digest; // of the content
        bool isMinting = false;
        bool isAsked = false; // a client waits for its answer
        std::optional<Replica::Minted> minted;
        std::optional<PutResponse> response;
        qsizetype bytes = 0;
        quint64 over = 0; // its number in m_over; 0 while it is not over
    };
    struct Over {
        quint64 number = 0;
        Name name;
        MonoTime since;
    };

    void settle(const Name& name, MonoTime now);
    void forgetOld(MonoTime now);
    void forget(std::map<Name, Write>::iterator write);

    Limits m_limits;
    std::map<Name, Write> m_writes;
    std::deque<Over> m_over; // by time; those that were asked for again are skipped
    qsizetype m_bytes = 0;
    quint64 m_lastOver = 0;
};

} // namespace ringmaster
