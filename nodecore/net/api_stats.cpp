// SPDX-License-Identifier: GPL-3.0-or-later
// The part of api_json.h that is about a node's figures.
#include "nodecore/net/api_json.h"

namespace ringmaster {

namespace {

void writeLatency(JsonWriter& json, QByteArrayView operation, const LatencyView& latency)
{
    json.name(operation);
    json.beginObject();
    json.name("p50");
    json.milliseconds(latency.p50);
    json.name("p99");
    json.milliseconds(latency.p99);
    json.endObject();
}

QByteArrayView nameOf(StoreHealth::State state)
{
    switch (state) {
    case StoreHealth::State::Ok:
        return "ok";
    case StoreHealth::State::ReadOnly:
        return "read_only";
    case StoreHealth::State::Failed:
        break;
    }
    return "failed";
}

void writeRepair(JsonWriter& json, const StatsView& stats)
{
    const RepairView& repair = stats.repair;
    json.name("repair");
    json.beginObject();
    json.countField("hints", stats.hints);
    json.countField("hints_delivered", repair.hintsDelivered);
    json.countField("read_repairs", repair.readRepairs);
    json.countField("rounds", repair.rounds);
    json.countField("divergent_slots", repair.divergentSlots);
    json.countField("objects_given", repair.objectsGiven);
    json.countField("objects_taken", repair.objectsTaken);
    json.booleanField("busy", repair.busy);
    json.countField("skipped_keys", repair.skippedCount);
    json.name("skipped");
    json.beginArray();
    for (const Key& key : repair.skipped) {
        json.beginObject();
        json.bytesField("key", key.bytes());
        json.endObject();
    }
    json.endArray();
    json.endObject();
}

void writeReaper(JsonWriter& json, const ReaperView& reaper)
{
    json.name("reaper");
    json.beginObject();
    json.booleanField("enabled", reaper.enabled);
    json.countField("held", reaper.tombstones);
    json.countField("waiting", reaper.waiting);
    json.countField("reaped", reaper.reaped);
    json.textField("waits_for", reaper.waitsFor);
    json.endObject();
}

void writeSiblingWatch(JsonWriter& json, const SiblingsView& siblings)
{
    json.name("siblings");
    json.beginObject();
    json.countField("warn_above", siblings.warnAbove);
    json.countField("keys_above", siblings.keysAbove);
    json.countField("most", siblings.most);
    json.endObject();
}

void writeScrub(JsonWriter& json, const Scrubber::Progress& scrub)
{
    json.name("scrub");
    json.beginObject();
    json.booleanField("running", scrub.isRunning);
    json.booleanField("urgent", scrub.isUrgent);
    json.integerField("slot", scrub.slot);
    json.countField("objects", scrub.objects);
    json.countField("passes", scrub.passes);
    json.countField("unreadable", scrub.unreadable);
    if (scrub.lastEnded)
        json.integerField("last_ended_ms", scrub.lastEnded->msSinceEpoch);
    json.endObject();
}

void writeIntegrity(JsonWriter& json, const IntegrityView& integrity)
{
    const IntegrityLog::Counters& found = integrity.counters;
    json.name("integrity");
    json.beginObject();
    json.countField("damaged_records", found.damagedRecords);
    json.countField("repaired_records", found.repairedRecords);
    json.countField("damaged_now", integrity.damagedNow);
    json.countField("damaged_hints", found.damagedHints);
    json.countField("damaged_received", found.damagedReceived);
    json.countField("contradictions", found.contradictions);
    json.countField("checksums_added", found.renewed);
    json.name("keys");
    json.beginArray();
    for (const Key& key : integrity.damagedKeys) {
        json.beginObject();
        writeKey(json, key);
        json.endObject();
    }
    json.endArray();
    writeScrub(json, integrity.scrub);
    json.endObject();
}

} // namespace

void writeHintsOwed(JsonWriter& json, const StatsView& stats, const Node& node)
{
    json.countField("count", stats.hints);
    json.name("owed");
    json.beginArray();
    for (const HintsView& hints : stats.hintsOwed) {
        json.beginObject();
        json.textField("to", node.nameOf(hints.owner));
        json.countField("hints", hints.hints);
        json.countField("bytes", hints.bytes);
        json.booleanField("reachable", hints.reachable);
        json.endObject();
    }
    json.endArray();
}

void writeStatsInto(JsonWriter& json, const Node& node, qint64 queuedPeerBytes)
{
    const StatsView stats = node.stats();
    json.textField("node", node.config().name);
    json.integerField("uptime_ms",
                      std::chrono::duration_cast<std::chrono::milliseconds>(stats.uptime).count());
    json.countField("keys", stats.totals.live);
    json.countField("tombstones", stats.totals.objects - stats.totals.live);
    json.countField("objects", stats.totals.objects);
    json.name("requests");
    json.beginObject();
    json.countField("get", stats.gets);
    json.countField("put", stats.puts);
    json.countField("delete", stats.deletes);
    json.countField("failed", stats.failed);
    json.name("per_second");
    json.real(stats.requestsPerSecond);
    json.endObject();
    json.name("latency_ms");
    json.beginObject();
    writeLatency(json, "get", stats.getLatency);
    writeLatency(json, "put", stats.putLatency);
    json.endObject();
    json.name("storage");
    json.beginObject();
    json.textField("state", nameOf(stats.storage.state));
    json.textField("reason", stats.storage.reason);
    json.endObject();
    json.name("peers");
    json.beginObject();
    json.integerField("connected", stats.connectedPeers);
    json.integerField("queued_bytes", queuedPeerBytes);
    json.countField("overdue_requests", stats.overdueRequests);
    json.name("dropped_replies");
    json.beginObject();
    json.countField("foreign", stats.droppedReplies.foreign);
    json.countField("late", stats.droppedReplies.late);
    json.countField("mismatched", stats.droppedReplies.mismatched);
    json.endObject();
    json.endObject();
    writeRepair(json, stats);
    json.name("hints");
    json.beginObject();
    writeHintsOwed(json, stats, node);
    json.endObject();
    writeReaper(json, stats.reaper);
    writeSiblingWatch(json, stats.siblings);
    writeIntegrity(json, stats.integrity);
}

} // namespace ringmaster
