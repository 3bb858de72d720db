// SPDX-License-Identifier: GPL-3.0-or-later
#include "nodecore/storage/integrity_log.h"

#include <QStringList>

namespace ringmaster {

namespace {

QString shownKey(const Key& key)
{
    return QString::fromUtf8(key.bytes().left(100));
}

} // namespace

void IntegrityLog::warn(const QString& line) const
{
    if (m_warn)
        m_warn(line);
}

const IntegrityLog::Damaged* IntegrityLog::find(const Key& key) const
{
    const auto found = m_damaged.find(key);
    return found == m_damaged.end() ? nullptr : &found->second;
}

void IntegrityLog::foundDamaged(const Key& key, const Damaged& what)
{
    const auto known = m_damaged.find(key);
    if (known != m_damaged.end()) {
        known->second.how = std::max(known->second.how, what.how);
        return;
    }
    if (m_damaged.size() >= mostRemembered)
        return;
    m_damaged.emplace(key, what);
    if (what.how != Soundness::Incomplete) { // else counted when the damage was found
        ++m_counters.damagedRecords;
        warn(QStringLiteral(
                 "this node's copy of the key \"%1\" (slot %2) is damaged: it is not what was written. The "
                 "copy is not used, and is replaced by what the other replicas hold. Where this "
                 "happens again, look at this machine's disk and memory")
                 .arg(shownKey(key))
                 .arg(what.slot.value));
    }
    if (m_tell)
        m_tell();
}

void IntegrityLog::foundRepaired(const Key& key)
{
    if (m_damaged.erase(key) == 0)
        return;
    ++m_counters.repairedRecords;
    warn(QStringLiteral("this node's copy of the key \"%1\" is repaired").arg(shownKey(key)));
}

void IntegrityLog::foundDamagedHint(const QString& what)
{
    ++m_counters.damagedHints;
    warn(
        QStringLiteral("a hint on this node's disk is damaged (%1). What is sound in it is kept, the rest is "
                       "dropped; the replicas that the write did reach bring it to the others")
            .arg(what));
    if (m_tell)
        m_tell();
}

void IntegrityLog::foundDamagedMessage(const Key& key, const QString& where)
{
    ++m_counters.damagedReceived;
    warn(QStringLiteral(
             "versions of the key \"%1\" are damaged as they were received (%2): they were refused, and "
             "nothing was changed")
             .arg(shownKey(key), where));
}

void IntegrityLog::foundContradictions(const Key& key, const std::vector<Dot>& dots)
{
    if (dots.empty())
        return;
    m_counters.contradictions += dots.size();
    QStringList names;
    for (const Dot& dot : dots)
        names << QStringLiteral("%1:%2").arg(dot.actor.value, 16, 16, QLatin1Char('0')).arg(dot.counter);
    warn(QStringLiteral(
             "ALARM: the key \"%1\" has two different contents under one dot (%2). One of them is lost. "
             "A node has minted with an actor that another store used: look for a data folder or a "
             "machine that was copied or put back")
             .arg(shownKey(key), names.mid(0, 5).join(QLatin1String(", "))));
}

void IntegrityLog::beyondRepair(const Key& key)
{
    const auto known = m_damaged.find(key);
    if (known == m_damaged.end() || known->second.isBeyondRepair)
        return;
    known->second.isBeyondRepair = true;
    warn(QStringLiteral(
             "no replica has an undamaged copy of what this node's copy of the key \"%1\" holds. The key "
             "is not read from here until it is written or deleted")
             .arg(shownKey(key)));
}

} // namespace ringmaster
