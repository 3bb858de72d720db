// SPDX-License-Identifier: GPL-3.0-or-later
// The bytes of an HTTP answer, as a client reads them. The first byte of the input says how they are cut up,
// and whether the connection ends after them.
#include "nodecore/client/http_response_parser.h"
#include "tests/fuzz/fuzz.h"

using namespace ringmaster;
using fuzz::require;

namespace {

constexpr qsizetype maxBodyBytes = 512;

struct Answer {
    bool finished = false;
    bool failed = false;
    int status = 0;
    bool keepAlive = false;
    QByteArray body;
    friend bool operator==(const Answer&, const Answer&) = default;
};

Answer answerOf(HttpResponseParser& parser, bool ended)
{
    if (ended)
        parser.end();
    Answer answer{parser.finished(), parser.failed(), 0, false, {}};
    require(!(answer.finished && answer.failed), "an answer is whole or wrong");
    require(!answer.failed || !parser.problem().isEmpty(), "a failure says why");
    if (answer.finished) {
        answer.status = parser.status();
        answer.keepAlive = parser.keepAlive();
        answer.body = parser.takeBody();
        require(answer.body.size() <= maxBodyBytes, "a body is bounded");
    }
    return answer;
}

} // namespace

int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size)
{
    QByteArrayView bytes = fuzz::viewOf(data, size);
    const quint8 pattern = fuzz::takeChoice(bytes);
    const bool ended = pattern % 2 > 0;
    HttpResponseParser whole(maxBodyBytes);
    whole.feed(bytes.toByteArray());
    HttpResponseParser cut(maxBodyBytes);
    fuzz::inPieces(bytes, pattern, [&](QByteArrayView piece) {
        cut.feed(piece.toByteArray());
        return !cut.failed();
    });
    require(answerOf(whole, ended) == answerOf(cut, ended), "an answer does not depend on how it is cut up");
    return 0;
}
