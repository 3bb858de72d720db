// SPDX-License-Identifier: GPL-3.0-or-later
// The secrets of a cluster: what its context tokens are sealed with.
//
// A grow-only set: members exchange what they know and take the union, so that two founders, or members that
// were upgraded without a secret, agree without a leader. New seals are made with the smallest secret; a seal
// made with any secret of the set is accepted. Beyond maxSecrets the smallest are kept: the union of two sets
// is the same whoever makes it, in any order.
//
// A seal is HMAC-SHA-256, cut to 128 bits. A plain value type.
#pragma once

#include "nodecore/base/result.h"

#include <QByteArray>
#include <QByteArrayView>

#include <vector>

namespace ringmaster {

class ClusterSecrets {
public:
    static constexpr qsizetype secretBytes = 32;
    static constexpr size_t maxSecrets = 8;
    static constexpr qsizetype sealBytes = 16;

    // A seal, and the name of the secret that made it. The name tells nothing about the secret.
    struct Seal {
        quint32 secret = 0;
        QByteArrayView mac; // sealBytes
    };
    enum class Verdict {
        Sealed,        // by a secret of this set, over exactly these bytes
        UnknownSecret, // by a secret that is not in this set, or by nobody
        Broken,        // the secret is known, and did not seal these bytes
    };

    bool isEmpty() const { return m_secrets.empty(); }
    // Ascending.
    const std::vector<QByteArray>& all() const { return m_secrets; }
    // 0 where it is empty; equal for equal sets.
    quint64 digest() const { return m_digest; }

    // Returns whether the set changed. A secret of another length than secretBytes is not taken.
    bool add(const QByteArray& secret);
    bool merge(const ClusterSecrets& other);

    // The name of the secret that seal() uses, and a seal of sealBytes. REQUIRES: !isEmpty()
    quint32 sealingName() const { return m_names.front(); }
    QByteArray seal(QByteArrayView bytes) const;
    // Compares in a time that does not depend on where two MACs differ.
    Verdict verify(const Seal& seal, QByteArrayView bytes) const;

    QByteArray encoded() const;
    // Damaged where the bytes are not an encoded set.
    [[nodiscard]] static Result<ClusterSecrets> decode(QByteArrayView bytes);

    friend bool operator==(const ClusterSecrets& a, const ClusterSecrets& b)
    {
        return a.m_secrets == b.m_secrets;
    }

private:
    void update();

    std::vector<QByteArray> m_secrets;
    std::vector<quint32> m_names; // of the secrets, in their order
    quint64 m_digest = 0;
};

} // namespace ringmaster
