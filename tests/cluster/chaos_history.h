// SPDX-License-Identifier: GPL-3.0-or-later
// What writers did to a cluster, and whether what is read meanwhile and found afterwards can be true. It
// stands apart from the versions of the system under test: it knows only which values each write had seen.
//
// A read is judged against the writes that a quorum of primaries had acknowledged before it began: *firm*
// ones. What stand-ins acknowledged need not be seen by the next read (sloppy quorums are not linearizable);
// it must be there in the end.
#pragma once

#include <QByteArray>
#include <QHash>
#include <QSet>
#include <QStringList>

#include <optional>
#include <vector>

namespace ringmaster {

class ChaosHistory {
public:
    using Found = QHash<QByteArray, QSet<QByteArray>>; // the values of each key that has any

    // An attempt to write, or to delete, a key with the context of a read that returned these values. The
    // same write sent again is another attempt. Returns its number, which makes its value.
    int begin(const QByteArray& key, bool isDelete, const QList<QByteArray>& saw)
    {
        Attempt attempt{key, isDelete, false, std::nullopt, {}};
        for (const QByteArray& value : saw)
            attempt.saw.push_back(numberOf(value));
        m_attempts.push_back(std::move(attempt));
        m_ofKey[key].push_back(attempts() - 1);
        return attempts() - 1;
    }
    static QByteArray valueOf(int number) { return "write " + QByteArray::number(number); }

    enum class Held { ByPrimaries, ByAny };
    void acknowledge(int number, Held held = Held::ByAny)
    {
        Attempt& attempt = m_attempts[static_cast<size_t>(number)];
        attempt.isAcknowledged = true;
        if (held == Held::ByPrimaries)
            attempt.firmSince = ++m_moment;
    }

    using Moment = qint64;
    Moment now() const { return m_moment; }
    // What is wrong with the answer to a read of the key that began then; empty: nothing. An answer without a
    // value
    // ("absent") is a promise whoever gave it; one with values, where a quorum of primaries did.
    QString judgeRead(const QByteArray& key, Moment began, const QSet<QByteArray>& values,
                      Held answeredBy) const
    {
        if (!values.isEmpty() && answeredBy == Held::ByAny)
            return {};
        const std::vector<int> numbers = m_ofKey.value(key);
        // From the last to the first: whoever saw an attempt came after it.
        QHash<int, bool> mayBeGone;
        for (auto number = numbers.rbegin(); number != numbers.rend(); ++number) {
            const Attempt& attempt = at(*number);
            const bool isThere = values.contains(valueOf(*number));
            const bool isFirm = attempt.firmSince && *attempt.firmSince <= began;
            const bool goes = attempt.isDelete || isThere || mayBeGone.value(*number);
            if (isFirm && !goes)
                return said(
                    *number,
                    QStringLiteral("was acknowledged, and a read that began later returns %1 "
                                   "without it")
                        .arg(values.isEmpty() ? QStringLiteral("nothing") : QStringLiteral("other values")));
            for (const int seen : attempt.saw) {
                if (isFirm && values.contains(valueOf(seen)))
                    return said(*number,
                                QStringLiteral("was acknowledged, and a read that began later returns "
                                               "write %1, which it replaced")
                                    .arg(seen));
                mayBeGone[seen] = mayBeGone.value(seen) || goes;
            }
        }
        return {};
    }

    int attempts() const { return static_cast<int>(m_attempts.size()); }
    int acknowledged() const
    {
        int count = 0;
        for (const Attempt& attempt : m_attempts)
            count += attempt.isAcknowledged ? 1 : 0;
        return count;
    }
    QList<QByteArray> keys() const
    {
        QSet<QByteArray> keys;
        for (const Attempt& attempt : m_attempts)
            keys.insert(attempt.key);
        return keys.values();
    }

    // One line for each thing that must not be.
    QStringList violations(const Found& found) const
    {
        QStringList lines = strangers(found);
        const int count = attempts();
        std::vector<bool> isThere(m_attempts.size());
        for (int i = 0; i < count; ++i)
            isThere[static_cast<size_t>(i)] = found.value(at(i).key).contains(valueOf(i));
        // A write has an effect where its value is there, or a write with an effect had seen it. A delete
        // that was only tried may have had one. Who had seen a write came after it.
        std::vector<bool> hasEffect(m_attempts.size());
        for (int i = count - 1; i >= 0; --i) {
            const auto n = static_cast<size_t>(i);
            hasEffect[n] = hasEffect[n] || isThere[n] || at(i).isDelete;
            if (at(i).isAcknowledged && !hasEffect[n])
                lines.append(said(i, QStringLiteral("was acknowledged and is lost")));
            for (const int seen : at(i).saw) {
                if (at(i).isAcknowledged && isThere[static_cast<size_t>(seen)])
                    lines.append(said(i, QStringLiteral("was acknowledged, and write %1, which it replaced, "
                                                        "is there")
                                             .arg(seen)));
                if (hasEffect[n])
                    hasEffect[static_cast<size_t>(seen)] = true;
            }
        }
        return lines;
    }

private:
    struct Attempt {
        QByteArray key;
        bool isDelete = false;
        bool isAcknowledged = false;
        std::optional<qint64> firmSince;
        std::vector<int> saw;
    };

    const Attempt& at(int number) const { return m_attempts[static_cast<size_t>(number)]; }
    // -1 where it is none of ours.
    static int numberOf(const QByteArray& value)
    {
        bool isNumber = false;
        const int number = value.mid(6).toInt(&isNumber);
        return isNumber && value == valueOf(number) ? number : -1;
    }
    QString said(int number, const QString& what) const
    {
        return QStringLiteral("%1 %2 of %3 %4")
            .arg(at(number).isDelete ? QStringLiteral("delete") : QStringLiteral("write"))
            .arg(number)
            .arg(QString::fromUtf8(at(number).key), what);
    }
    // Values that nobody wrote to that key.
    QStringList strangers(const Found& found) const
    {
        QStringList lines;
        for (auto key = found.begin(); key != found.end(); ++key) {
            for (const QByteArray& value : key.value()) {
                const int number = numberOf(value);
                if (number < 0 || number >= attempts() || at(number).isDelete || at(number).key != key.key())
                    lines.append(QStringLiteral("%1 has \"%2\", which nobody wrote")
                                     .arg(QString::fromUtf8(key.key()), QString::fromUtf8(value)));
            }
        }
        return lines;
    }

    std::vector<Attempt> m_attempts;
    QHash<QByteArray, std::vector<int>> m_ofKey; // ascending
    qint64 m_moment = 0;
};

} // namespace ringmaster
