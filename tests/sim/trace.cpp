// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/sim/trace.h"

#include "nodecore/wire/message.h"

#include <QStringList>

namespace ringmaster::sim {

namespace {

QString shortId(quint64 id)
{
    return QStringLiteral("%1").arg(id >> 32, 8, 16, QLatin1Char('0'));
}

QString text(const QByteArray& bytes)
{
    return QString::fromUtf8(bytes.left(24));
}

QString text(const VersionVector& context)
{
    QStringList entries;
    for (const VersionVector::Entry& entry : context.entries())
        entries << QStringLiteral("%1:%2").arg(shortId(entry.actor.value)).arg(entry.counter);
    return QStringLiteral("(%1)").arg(entries.join(QLatin1Char(' ')));
}

QString textOfSet(const QByteArray& encoded)
{
    // For reading, of whatever key: the checksums are not asked.
    const Result<SiblingSet> set = SiblingSet::decodeForRepair(Key::placeholder(), encoded);
    if (encoded.isEmpty() || !set)
        return encoded.isEmpty() ? QStringLiteral("nothing") : QStringLiteral("an unreadable set");
    QStringList siblings;
    for (const Sibling& sibling : set->siblings()) {
        siblings << QStringLiteral("%1:%2=%3")
                        .arg(shortId(sibling.dot.actor.value))
                        .arg(sibling.dot.counter)
                        .arg(sibling.tombstone ? QStringLiteral("(deleted)") : text(sibling.value));
    }
    return QStringLiteral("{%1} seen %2").arg(siblings.join(QLatin1Char(' ')), text(set->context()));
}

QString textOf(const std::optional<Error>& error)
{
    return error ? QStringLiteral(" failed: ") + error->message : QString();
}

QString itemsOf(const std::vector<wire::SyncRequest::Item>& items)
{
    QStringList texts;
    for (const wire::SyncRequest::Item& item : items)
        texts << text(item.key.bytes()) + QLatin1Char(' ') + textOfSet(item.set);
    return texts.join(QLatin1String(", "));
}

// What of a message a reader of the log wants to know beyond its type.
struct Details {
    template <class M>
    QString operator()(const M&) const
    {
        return {};
    }
    QString operator()(const wire::ReadRequest& m) const
    {
        return QStringLiteral("#%1 %2").arg(m.id.toString()).arg(text(m.key.bytes()));
    }
    QString operator()(const wire::ReadReply& m) const
    {
        return QStringLiteral("#%1 %2%3").arg(m.to.id.toString()).arg(textOfSet(m.set), textOf(m.error));
    }
    QString operator()(const wire::WriteRequest& m) const
    {
        const QString hint =
            m.hintFor ? QStringLiteral(" hint for %1").arg(m.hintFor->toString()) : QString();
        return QStringLiteral("#%1 %2 %3%4")
            .arg(m.id.toString())
            .arg(text(m.key.bytes()), textOfSet(m.set), hint);
    }
    QString operator()(const wire::WriteReply& m) const
    {
        return QStringLiteral("#%1%2").arg(m.to.id.toString()).arg(textOf(m.error));
    }
    QString operator()(const wire::ForwardRequest& m) const
    {
        return QStringLiteral("#%1 %2=%3 context %4")
            .arg(m.id.toString())
            .arg(text(m.key.bytes()), m.content ? text(*m.content) : QStringLiteral("(deleted)"),
                 text(m.context));
    }
    QString operator()(const wire::ForwardReply& m) const
    {
        return QStringLiteral("#%1 %2%3").arg(m.to.id.toString()).arg(textOfSet(m.set), textOf(m.error));
    }
    QString operator()(const wire::SlotsRequest& m) const
    {
        return QStringLiteral("#%1 %2 slots").arg(m.id.toString()).arg(m.slots.size());
    }
    QString operator()(const wire::SlotsReply& m) const
    {
        return QStringLiteral("#%1 %2 items%3")
            .arg(m.to.id.toString())
            .arg(m.items.size())
            .arg(textOf(m.error));
    }
    QString operator()(const wire::SyncRequest& m) const
    {
        return QStringLiteral("#%1 %2").arg(m.id.toString()).arg(itemsOf(m.items));
    }
    QString operator()(const wire::SyncReply& m) const
    {
        return QStringLiteral("#%1 %2%3").arg(m.to.id.toString()).arg(itemsOf(m.items), textOf(m.error));
    }
    QString operator()(const wire::HandoffRequest& m) const
    {
        return QStringLiteral("#%1 %2").arg(m.id.toString()).arg(itemsOf(m.items));
    }
    QString operator()(const wire::HandoffReply& m) const
    {
        return QStringLiteral("#%1%2").arg(m.to.id.toString()).arg(textOf(m.error));
    }
};

template <class M>
QString typeName()
{
    // "… [with M = ringmaster::wire::ReadRequest; …]" or, of clang, "… [M = ringmaster::wire::ReadRequest]"
    const QString signature = QString::fromLatin1(__PRETTY_FUNCTION__);
    const qsizetype begin = signature.indexOf(QLatin1String("wire::")) + 6;
    qsizetype end = begin;
    while (end < signature.size() && signature[end].isLetterOrNumber())
        ++end;
    return signature.mid(begin, end - begin);
}

QString describeDecoded(const wire::Message& message)
{
    return std::visit(
        [](const auto& m) {
            const QString details = Details()(m);
            return typeName<std::decay_t<decltype(m)>>() + QLatin1Char(' ') + details;
        },
        message);
}

} // namespace

QString nodeName(int node)
{
    return QStringLiteral("n%1").arg(node + 1);
}

QString describeMessage(int from, int to, VirtualNetwork::Fate fate, QByteArrayView message)
{
    const std::optional<wire::Message> decoded = wire::decode(message);
    QString line = QStringLiteral("%1 → %2 ").arg(nodeName(from), nodeName(to));
    line += decoded ? describeDecoded(*decoded) : QStringLiteral("(no message)");
    if (fate == VirtualNetwork::Fate::Lost)
        line += QStringLiteral(" LOST");
    else if (fate == VirtualNetwork::Fate::Duplicated)
        line += QStringLiteral(" comes twice");
    return line;
}

void Trace::mark(quint64 event, const QString& text)
{
    m_markedEvent = event;
    m_mark = text;
}

void Trace::line(const EventQueue& queue, const QString& text)
{
    if (!m_out)
        return;
    if (m_markedEvent > 0 && queue.eventsRun() >= m_markedEvent) {
        plain(m_mark);
        m_markedEvent = 0;
    }
    const double seconds = std::chrono::duration<double>(queue.now().sinceStart).count();
    *m_out << QStringLiteral("%1 s #%2  ").arg(seconds, 11, 'f', 6).arg(queue.eventsRun(), 6) << text
           << Qt::endl;
}

void Trace::plain(const QString& text)
{
    if (m_out)
        *m_out << text << Qt::endl;
}

} // namespace ringmaster::sim
