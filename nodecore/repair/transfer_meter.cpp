// SPDX-License-Identifier: GPL-3.0-or-later
#include "nodecore/repair/transfer_meter.h"

#include <algorithm>

namespace ringmaster {

namespace {

using std::chrono::seconds;

qint64 secondOf(MonoTime time)
{
    return std::chrono::duration_cast<seconds>(time.sinceStart).count();
}

void add(TransferView::Moved& sum, TransferView::Moved moved)
{
    sum.keys += moved.keys;
    sum.bytes += moved.bytes;
}

} // namespace

TransferMeter::Transfer& TransferMeter::current(NodeId peer, MonoTime now)
{
    Transfer& transfer = m_transfers[peer];
    if (now - transfer.last > lifetime)
        transfer = {};
    transfer.last = now;
    return transfer;
}

void TransferMeter::count(NodeId peer, TransferView::Moved moved, bool isTaken, MonoTime now)
{
    if (moved.keys == 0)
        return;
    Transfer& transfer = current(peer, now);
    if (transfer.keys() == 0)
        transfer.began = now;
    add(isTaken ? transfer.taken : transfer.given, moved);
    const qint64 number = secondOf(now);
    Second& second = transfer.seconds[static_cast<size_t>(number % rateSeconds)];
    if (second.number != number)
        second = {number, {}};
    add(second.moved, moved);
}

void TransferMeter::compared(NodeId peer, quint64 done, quint64 left, MonoTime now)
{
    Transfer& transfer = current(peer, now);
    transfer.slotsDone += done;
    transfer.slotsLeft = left;
}

TransferView TransferMeter::viewOf(NodeId peer, const Transfer& transfer, MonoTime now)
{
    TransferView view{peer, transfer.taken, transfer.given, 0, 0, 0, std::nullopt};
    if (transfer.slotsDone > 0)
        view.keysLeft = transfer.keys() * transfer.slotsLeft / transfer.slotsDone;
    TransferView::Moved lately;
    for (const Second& second : transfer.seconds) {
        if (second.number > secondOf(now) - rateSeconds)
            add(lately, second.moved);
    }
    const MonoTime since = std::max(transfer.began, MonoTime{seconds(secondOf(now) - rateSeconds + 1)});
    const double elapsed = std::max(std::chrono::duration<double>(now - since).count(), 0.1);
    view.keysPerSecond = static_cast<double>(lately.keys) / elapsed;
    view.bytesPerSecond = static_cast<double>(lately.bytes) / elapsed;
    if (lately.keys > 0) {
        const std::chrono::duration<double> left(static_cast<double>(view.keysLeft) / view.keysPerSecond);
        view.timeLeft = std::chrono::duration_cast<Duration>(left);
    }
    return view;
}

std::vector<TransferView> TransferMeter::view(MonoTime now) const
{
    std::vector<TransferView> views;
    for (const auto& [peer, transfer] : m_transfers) {
        if (now - transfer.last > lifetime)
            continue;
        const TransferView view = viewOf(peer, transfer, now);
        if (transfer.keys() > 0 && transfer.keys() + view.keysLeft >= leastKeys)
            views.push_back(view);
    }
    return views;
}

} // namespace ringmaster
