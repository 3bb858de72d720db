// SPDX-License-Identifier: GPL-3.0-or-later
#include "nodecore/client/csv_scanner.h"

namespace ringmaster {

void CsvScanner::take(char c)
{
    switch (m_state) {
    case State::FieldBegins:
        if (c == '"') {
            m_state = State::Quoted;
            m_anyQuoted = true;
            return;
        }
        m_state = State::Plain;
        [[fallthrough]];
    case State::Plain:
        if (c == ',')
            endField();
        else if (c == '\n')
            endRecord();
        else
            m_field.append(c);
        return;
    case State::Quoted:
        if (c == '"')
            m_state = State::QuoteInQuoted;
        else
            m_field.append(c);
        return;
    case State::QuoteInQuoted:
        if (c == '"') {
            m_field.append(c);
            m_state = State::Quoted;
        } else if (c == ',') {
            endField();
        } else if (c == '\n') {
            endRecord();
        } else if (c == '\r') {
            m_state = State::ReturnAfterQuoted;
        } else {
            fail(QStringLiteral("a quoted field goes on after its closing quote"));
        }
        return;
    case State::ReturnAfterQuoted:
        if (c == '\n')
            endRecord();
        else
            fail(QStringLiteral("a quoted field goes on after its closing quote"));
        return;
    case State::Over:
        return;
    }
}

void CsvScanner::end()
{
    if (m_state == State::Quoted)
        fail(QStringLiteral("a quote is not closed"));
    else if (m_state != State::Over)
        endRecord();
}

void CsvScanner::endField()
{
    m_fields.append(std::exchange(m_field, {}));
    m_state = State::FieldBegins;
}

void CsvScanner::endRecord()
{
    // Of lines that end with \r\n. One inside quotes is the field's own.
    if (m_state == State::Plain && m_field.endsWith('\r'))
        m_field.chop(1);
    endField();
    if (m_fields.size() == 1 && !m_anyQuoted && m_fields.first().trimmed().isEmpty())
        m_fields.clear();
    m_state = State::Over;
}

void CsvScanner::fail(const QString& problem)
{
    m_problem = problem;
    m_state = State::Over;
}

} // namespace ringmaster
