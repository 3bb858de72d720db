// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/ringctl/command.h"

namespace ringmaster::ctl {

using namespace Qt::StringLiterals;

namespace {

template <class T>
Result<T> inRange(const QString& name, const QString& text, T value, bool number, T least, T most)
{
    if (number && value >= least && value <= most)
        return value;
    return failure(
        ErrorCode::Malformed,
        u"--%1 takes a number from %2 to %3, not \"%4\"."_s.arg(name).arg(least).arg(most).arg(text));
}

} // namespace

Result<int> Invocation::intValue(const QString& name, int least, int most) const
{
    bool number = false;
    const int parsed = value(name).toInt(&number);
    return inRange(name, value(name), parsed, number, least, most);
}

Result<double> Invocation::realValue(const QString& name, double least, double most) const
{
    bool number = false;
    const double parsed = value(name).toDouble(&number);
    return inRange(name, value(name), parsed, number, least, most);
}

} // namespace ringmaster::ctl
