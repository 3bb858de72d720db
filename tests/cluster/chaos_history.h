// SPDX-License-Identifier: GPL-3.0-or-later
// What writers did to a cluster, and whether what is found afterwards can be true. It stands apart from the
// versions of the system under test: it knows only which values each write had seen.
#pragma once

#include <QByteArray>
#include <QHash>
#include <QSet>
#include <QStringList>

#include <vector>

namespace ringmaster {

class ChaosHistory {
public:
    using Found = QHash<QByteArray, QSet<QByteArray>>; // the values of each key that has any

    // An attempt to write, or to delete, a key with the context of a read that returned these values. The
    // same write sent again is another attempt. Returns its number, which makes its value.
    int begin(const QByteArray& key, bool isDelete, const QList<QByteArray>& saw)
    {
        Attempt attempt{key, isDelete, false, {}};
        for (const QByteArray& value : saw)
            attempt.saw.push_back(numberOf(value));
        m_attempts.push_back(std::move(attempt));
        return static_cast<int>(m_attempts.size()) - 1;
    }
    static QByteArray valueOf(int number) { return "write " + QByteArray::number(number); }
    void acknowledge(int number) { m_attempts[static_cast<size_t>(number)].isAcknowledged = true; }

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
};

} // namespace ringmaster
