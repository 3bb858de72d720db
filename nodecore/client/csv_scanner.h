// SPDX-License-Identifier: GPL-3.0-or-later
// One record of CSV, byte by byte, as RFC 4180 has it: a quote counts at the beginning of a field only, where
// the field then ends with the next quote that is not doubled, over any number of lines. Anywhere else a
// quote is a byte like any other: `27" monitor`.
#pragma once

#include <QByteArray>
#include <QList>
#include <QString>

namespace ringmaster {

class CsvScanner {
public:
    // Goes on until the record is over. problem() is set where it is none.
    void take(char c);
    // There is no more: what was taken is the whole record.
    void end();

    bool isOver() const { return m_state == State::Over; }
    const QString& problem() const { return m_problem; }
    // Of a record that is over and has no problem. Empty of a blank line.
    const QList<QByteArray>& fields() const { return m_fields; }

private:
    enum class State { FieldBegins, Plain, Quoted, QuoteInQuoted, ReturnAfterQuoted, Over };

    void endField();
    void endRecord();
    void fail(const QString& problem);

    State m_state = State::FieldBegins;
    QByteArray m_field;
    bool m_anyQuoted = false;
    QList<QByteArray> m_fields;
    QString m_problem;
};

} // namespace ringmaster
