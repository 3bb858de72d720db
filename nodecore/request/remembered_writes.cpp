// SPDX-License-Identifier: GPL-3.0-or-later
#include "nodecore/request/remembered_writes.h"

#include <QCryptographicHash>

namespace ringmaster {

namespace {

QByteArray digestOf(const SiblingSet::Content& content)
{
    return content ? QCryptographicHash::hash(*content, QCryptographicHash::Md5) : QByteArray("delete");
}

qsizetype bytesOf(const SiblingSet& set)
{
    constexpr qsizetype overhead = 64;
    qsizetype bytes = 0;
    for (const Sibling& sibling : set.siblings())
        bytes += overhead + sibling.value.size();
    return bytes;
}

} // namespace

RememberedWrites::Lookup RememberedWrites::begin(const Name& name, const SiblingSet::Content& content,
                                                 MonoTime now)
{
    forgetOld(now);
    const auto found = m_writes.find(name);
    if (found == m_writes.end()) {
        Write write;
        write.digest = digestOf(content);
        write.isMinting = write.isAsked = true;
        m_writes.emplace(name, std::move(write));
        return Begin{};
    }
    Write& write = found->second;
    if (write.digest != digestOf(content))
        return OtherWrite{};
    if (write.isMinting || write.isAsked)
        return UnderWay{};
    if (write.response)
        return Answer{*write.response};
    write.isAsked = true;
    write.over = 0;
    return Continue{*write.minted};
}

void RememberedWrites::made(const Name& name, const Result<Replica::Minted>& minted, MonoTime now)
{
    const auto found = m_writes.find(name);
    if (found == m_writes.end())
        return;
    found->second.isMinting = false;
    if (minted) {
        found->second.minted = *minted;
        found->second.minted->encoded.clear(); // is not needed again
    }
    settle(name, now);
}

void RememberedWrites::answered(const Name& name, const RequestResult<PutResponse>& result, MonoTime now)
{
    const auto found = m_writes.find(name);
    if (found == m_writes.end())
        return;
    found->second.isAsked = false;
    if (result)
        found->second.response = *result;
    // Refused before anything was minted.
    else if (!result.error().mayExist && !found->second.minted)
        found->second.isMinting = false;
    settle(name, now);
}

// Where nothing is under way any more: remembered from now on or, where nothing was minted, forgotten.
void RememberedWrites::settle(const Name& name, MonoTime now)
{
    const auto found = m_writes.find(name);
    Write& write = found->second;
    if (write.isMinting || write.isAsked)
        return;
    if (!write.minted)
        return forget(found);
    m_bytes -= write.bytes;
    write.bytes = name.id.size() + name.key.bytes().size() + bytesOf(write.minted->set);
    m_bytes += write.bytes;
    write.over = ++m_lastOver;
    m_over.push_back({write.over, name, now});
    forgetOld(now);
}

void RememberedWrites::forgetOld(MonoTime now)
{
    while (!m_over.empty()) {
        const Over& oldest = m_over.front();
        const auto found = m_writes.find(oldest.name);
        const bool isCurrent = found != m_writes.end() && found->second.over == oldest.number;
        const bool isTooOld = now - oldest.since >= m_limits.keepFor;
        const bool isTooMuch = m_over.size() > m_limits.writes || m_bytes > m_limits.bytes;
        if (isCurrent && !isTooOld && !isTooMuch)
            return;
        if (isCurrent)
            forget(found);
        m_over.pop_front();
    }
}

void RememberedWrites::forget(std::map<Name, Write>::iterator write)
{
    m_bytes -= write->second.bytes;
    m_writes.erase(write);
}

} // namespace ringmaster
