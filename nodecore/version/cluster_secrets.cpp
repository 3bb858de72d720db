// SPDX-License-Identifier: GPL-3.0-or-later
#include "nodecore/version/cluster_secrets.h"

#include "nodecore/base/bytes.h"

#include <QCryptographicHash>
#include <QMessageAuthenticationCode>
#include <QtEndian>

#include <algorithm>

namespace ringmaster {

namespace {

QByteArray macOf(const QByteArray& secret, QByteArrayView bytes)
{
    QMessageAuthenticationCode code(QCryptographicHash::Sha256, secret);
    code.addData(bytes.data(), bytes.size());
    return code.result().first(ClusterSecrets::sealBytes);
}

quint32 nameOf(const QByteArray& secret)
{
    return qFromBigEndian<quint32>(macOf(secret, "the name of this secret").constData());
}

bool equalInConstantTime(QByteArrayView a, QByteArrayView b)
{
    if (a.size() != b.size())
        return false;
    unsigned difference = 0;
    for (qsizetype i = 0; i < a.size(); ++i)
        difference |= static_cast<unsigned>(static_cast<uchar>(a[i]) ^ static_cast<uchar>(b[i]));
    return difference == 0;
}

} // namespace

void ClusterSecrets::update()
{
    std::sort(m_secrets.begin(), m_secrets.end());
    m_secrets.erase(std::unique(m_secrets.begin(), m_secrets.end()), m_secrets.end());
    m_secrets.resize(std::min(m_secrets.size(), maxSecrets));
    m_names.clear();
    for (const QByteArray& secret : m_secrets)
        m_names.push_back(nameOf(secret));
    const QByteArray hash = QCryptographicHash::hash(encoded(), QCryptographicHash::Sha256);
    m_digest = m_secrets.empty() ? 0 : qFromBigEndian<quint64>(hash.constData());
}

bool ClusterSecrets::add(const QByteArray& secret)
{
    if (secret.size() != secretBytes)
        return false;
    const std::vector<QByteArray> before = m_secrets;
    m_secrets.push_back(secret);
    update();
    return m_secrets != before;
}

bool ClusterSecrets::merge(const ClusterSecrets& other)
{
    const std::vector<QByteArray> before = m_secrets;
    m_secrets.insert(m_secrets.end(), other.m_secrets.begin(), other.m_secrets.end());
    update();
    return m_secrets != before;
}

QByteArray ClusterSecrets::seal(QByteArrayView bytes) const
{
    return macOf(m_secrets.front(), bytes);
}

ClusterSecrets::Verdict ClusterSecrets::verify(const Seal& seal, QByteArrayView bytes) const
{
    // Two secrets may have one name, by chance.
    Verdict verdict = Verdict::UnknownSecret;
    for (size_t i = 0; i < m_secrets.size(); ++i) {
        if (m_names[i] != seal.secret)
            continue;
        if (equalInConstantTime(macOf(m_secrets[i], bytes), seal.mac))
            return Verdict::Sealed;
        verdict = Verdict::Broken;
    }
    return verdict;
}

QByteArray ClusterSecrets::encoded() const
{
    ByteWriter to(1 + static_cast<qsizetype>(m_secrets.size()) * (secretBytes + 1));
    to.varint(m_secrets.size());
    for (const QByteArray& secret : m_secrets)
        to.bytes(secret);
    return to.take();
}

Result<ClusterSecrets> ClusterSecrets::decode(QByteArrayView bytes)
{
    ClusterSecrets secrets;
    ByteReader from(bytes);
    const quint64 count = from.count(secretBytes + 1, maxSecrets);
    for (quint64 i = 0; i < count && !from.failed(); ++i) {
        if (!secrets.add(from.bytes(secretBytes)))
            from.fail();
    }
    if (!from.finished())
        return failure(
            ErrorCode::Damaged,
            QStringLiteral("The cluster's secrets, which context tokens are sealed with, cannot be "
                           "read."));
    return secrets;
}

} // namespace ringmaster
