// SPDX-License-Identifier: GPL-3.0-or-later
// A file of keys and values, as it is imported. The first byte of the input names the format, the second
// says how the file is cut up.
#include "nodecore/client/record_reader.h"
#include "tests/fuzz/fuzz.h"

using namespace ringmaster;
using fuzz::require;

namespace {

struct Outcome {
    std::optional<Record> record; // nothing: a line was refused
    qint64 line = 0;
    friend bool operator==(const Outcome&, const Outcome&) = default;
};

class Import {
public:
    explicit Import(RecordFormat format)
        : m_reader(format)
    {}
    void feed(QByteArrayView piece)
    {
        m_reader.feed(piece.toByteArray());
        takeAll();
    }
    std::vector<Outcome> finish()
    {
        m_reader.end();
        takeAll();
        require(!m_reader.next(), "after the end there is nothing");
        return std::move(m_outcomes);
    }

private:
    void takeAll()
    {
        while (const std::optional<Result<Record>> next = m_reader.next()) {
            const bool good = next->has_value();
            m_outcomes.push_back({good ? std::optional(**next) : std::nullopt, m_reader.line()});
        }
    }
    RecordReader m_reader;
    std::vector<Outcome> m_outcomes;
};

// Written out again it is read as the same.
void checkRoundTrip(RecordFormat format, const Record& record)
{
    const Result<QByteArray> written = formatRecord(format, record);
    if (!written)
        return;
    Import import(format);
    import.feed(*written);
    const std::vector<Outcome> again = import.finish();
    require(again.size() == 1 && again[0].record && again[0].record->key == record.key &&
                again[0].record->values == record.values,
            "a record comes back from its format");
}

} // namespace

int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size)
{
    QByteArrayView bytes = fuzz::viewOf(data, size);
    const auto format = static_cast<RecordFormat>(fuzz::takeChoice(bytes) % 3);
    const quint8 pattern = fuzz::takeChoice(bytes);
    (void)recordFormatOfLine(bytes.toByteArray());
    Import whole(format);
    whole.feed(bytes);
    const std::vector<Outcome> outcomes = whole.finish();
    Import cut(format);
    fuzz::inPieces(bytes, pattern, [&](QByteArrayView piece) {
        cut.feed(piece);
        return true;
    });
    require(cut.finish() == outcomes, "records do not depend on how a file is cut up");
    for (const Outcome& outcome : outcomes) {
        if (!outcome.record)
            continue;
        for (const RecordFormat other : {RecordFormat::JsonLines, RecordFormat::Csv, RecordFormat::Tsv})
            checkRoundTrip(other, *outcome.record);
    }
    return 0;
}
