// SPDX-License-Identifier: GPL-3.0-or-later
// The body of a node's answer, read in every way that a client knows.
#include "nodecore/client/client_json.h"
#include "tests/fuzz/fuzz.h"

using namespace ringmaster;
using fuzz::require;

namespace {

// A problem is a sentence, a value is whole.
template <class T>
void checkParsed(const Parsed<T>& parsed)
{
    require(parsed || !parsed.error().isEmpty(), "a refusal says why");
}

void checkBytesField(const QJsonObject& object)
{
    for (const QString& name : {QStringLiteral("key"), QStringLiteral("value")}) {
        const std::optional<QByteArray> bytes = bytesField(object, name);
        if (!bytes)
            continue;
        QJsonObject again;
        setBytesField(again, name, *bytes);
        require(bytesField(again, name) == bytes, "bytes come back from a field");
    }
}

} // namespace

int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size)
{
    QByteArrayView bytes = fuzz::viewOf(data, size);
    const int status = 200 + 100 * (fuzz::takeChoice(bytes) % 4);
    const QByteArray body = bytes.toByteArray();
    require(errorFrom(status, body).status == status, "an error keeps its status");
    (void)healthFrom(status, body);
    const Parsed<QJsonObject> object = objectFrom(body);
    checkParsed(object);
    if (!object)
        return 0;
    checkParsed(quorumFrom(*object));
    checkParsed(readFrom(*object));
    checkParsed(writtenFrom(*object));
    checkParsed(placementFrom(*object));
    checkParsed(keysPageFrom(*object));
    checkParsed(membersFrom(*object));
    checkParsed(ringFrom(*object));
    (void)statsFrom(*object);
    checkBytesField(*object);
    return 0;
}
