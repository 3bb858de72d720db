// SPDX-License-Identifier: GPL-3.0-or-later
// Sibling sets as text, in the notation of the papers: "a2[v2,v1] b1[]" is actor a with counter 2 and two
// values, the newest first, and actor b with counter 1 and none. All times are 0.
#pragma once

#include "nodecore/version/sibling_set.h"

#include <QString>
#include <QStringList>

namespace ringmaster::notation {

inline ActorId actor(char letter)
{
    return ActorId{static_cast<quint64>(letter)};
}

// The key that every set of these tests belongs to.
inline Key anyKey()
{
    return *Key::fromBytes("k");
}

// Goes by way of the encoding, in the format without checksums: there are sets, such as a lone "x1[]", that
// no write makes by itself.
inline SiblingSet parse(const QString& text)
{
    const QStringList entries = text.split(QLatin1Char(' '), Qt::SkipEmptyParts);
    ByteWriter bytes;
    bytes.varint(static_cast<quint64>(entries.size()));
    for (const QString& entry : entries) {
        const auto open = entry.indexOf(QLatin1Char('['));
        const QString inside = entry.mid(open + 1, entry.size() - open - 2);
        const QStringList values = inside.split(QLatin1Char(','), Qt::SkipEmptyParts);
        bytes.u64(entry[0].unicode());
        bytes.varint(entry.mid(1, open - 1).toULongLong());
        bytes.varint(0);
        bytes.varint(static_cast<quint64>(values.size()));
        for (const QString& value : values) {
            bytes.varint(0);
            bytes.u8(0);
            bytes.text(value);
        }
    }
    const Result<SiblingSet> set = SiblingSet::decode(anyKey(), bytes.result());
    Q_ASSERT_X(set.has_value(), "notation::parse", qPrintable(text));
    return *set;
}

// A tombstone prints as "-".
inline QString print(const SiblingSet& set)
{
    QStringList entries;
    const std::vector<Sibling> siblings = set.siblings();
    const VersionVector context = set.context();
    for (const VersionVector::Entry& entry : context.entries()) {
        QStringList values;
        for (const Sibling& sibling : siblings) {
            if (sibling.dot.actor == entry.actor)
                values << (sibling.tombstone ? QStringLiteral("-") : QString::fromUtf8(sibling.value));
        }
        entries << QStringLiteral("%1%2[%3]")
                       .arg(QChar(static_cast<char16_t>(entry.actor.value)))
                       .arg(entry.counter)
                       .arg(values.join(QLatin1Char(',')));
    }
    return entries.join(QLatin1Char(' '));
}

} // namespace ringmaster::notation
