// SPDX-License-Identifier: GPL-3.0-or-later
// Reads the parameters of a request, and refuses what it was not told to expect.
//
// Like a ByteReader: read everything, and ask once at the end. The first thing that was wrong is kept, by the
// name of its parameter.
#pragma once

#include "nodecore/base/key.h"
#include "nodecore/base/result.h"

#include <QByteArray>
#include <QByteArrayView>

#include <optional>
#include <vector>

namespace ringmaster {

// Undoes %XX. A '+' is a plus. Nothing where a '%' is not followed by two hexadecimal digits.
std::optional<QByteArray> percentDecoded(QByteArrayView encoded);

// The key at the end of a path.
[[nodiscard]] Result<Key> keyFromPath(QByteArrayView encoded);

class QueryReader {
public:
    static constexpr size_t maxParameters = 16;

    // What stands behind the '?'.
    explicit QueryReader(QByteArrayView query);

    // Each yields nothing where the parameter is not given, or is wrong.
    std::optional<int> integer(QByteArrayView name, int least, int most);
    std::optional<bool> flag(QByteArrayView name); // "true" or "1", "false" or "0"
    std::optional<QByteArray> bytes(QByteArrayView name);
    // True where the parameter is given; anything but this value is wrong.
    bool word(QByteArrayView name, QByteArrayView onlyValue);

    // Malformed where anything was wrong, given twice, or never asked for.
    [[nodiscard]] Result<void> finish();

private:
    struct Parameter {
        QByteArray name;
        QByteArray value;
        bool isUsed = false;
    };

    const QByteArray* take(QByteArrayView name);
    void fail(const QString& message);

    std::vector<Parameter> m_parameters;
    std::optional<Error> m_error;
};

} // namespace ringmaster
