// SPDX-License-Identifier: GPL-3.0-or-later
// Reads the texts of options as what they mean. The first one that cannot be read becomes the error; what
// is asked afterwards yields defaults.
#pragma once

#include "app/cli/option_values.h"

#include <functional>

namespace ringmaster::cli {

class ValueReader {
public:
    explicit ValueReader(const OptionValues& values)
        : m_values(values)
    {}

    bool has(const QString& name) const { return m_values.contains(name); }
    QString where(const QString& name) const { return m_values.value(name).where; }

    QString text(const QString& name, const QString& byDefault = {}) const;
    qint64 number(const QString& name, qint64 byDefault, qint64 least, qint64 most);
    double real(const QString& name, double byDefault, double least, double most);
    // One of the words; returns its index.
    int choice(const QString& name, const QStringList& words, int byDefault);
    // "host:port".
    QString address(const QString& name, const QString& byDefault);
    // Separated by commas; empty parts are dropped.
    QStringList list(const QString& name) const;
    // Fails with what where the text is there and not sound.
    QString checked(const QString& name, const QString& byDefault,
                    const std::function<bool(const QString&)>& isSound, const QString& what);

    void require(const QString& name, const QString& why);
    // message follows the place where the option stands.
    void fail(const QString& name, const QString& message);
    const std::optional<Error>& error() const { return m_error; }

private:
    const OptionValues& m_values;
    std::optional<Error> m_error;
};

} // namespace ringmaster::cli
