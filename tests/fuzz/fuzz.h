// SPDX-License-Identifier: GPL-3.0-or-later
// What the fuzzers share: the door that libFuzzer calls, and a way to say that something is wrong.
//
// A fuzzer is a function of bytes that ends the process where a promise is broken; the sanitizers end it
// where memory is. It keeps no state between two inputs, so that one file is enough to see a finding again.
#pragma once

#include "nodecore/base/key.h"

#include <QByteArray>
#include <QByteArrayView>

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size);

namespace ringmaster::fuzz {

inline void require(bool holds, const char* promise)
{
    if (holds)
        return;
    std::fprintf(stderr, "broken promise: %s\n", promise);
    std::abort();
}

// The key that every set of a corpus belongs to.
inline Key anyKey()
{
    return *Key::fromBytes("k");
}

inline QByteArrayView viewOf(const uint8_t* data, size_t size)
{
    return {reinterpret_cast<const char*>(data), static_cast<qsizetype>(size)};
}

// Takes the first byte off, as a choice for the fuzzer itself; 0 where there is none.
inline quint8 takeChoice(QByteArrayView& bytes)
{
    if (bytes.isEmpty())
        return 0;
    const auto choice = static_cast<quint8>(bytes.front());
    bytes = bytes.sliced(1);
    return choice;
}

// Calls feed with one piece of bytes after another, as a socket might: lengths follow from pattern, between
// 1 and 97 bytes. Ends early where feed returns false.
template <class Feed>
void inPieces(QByteArrayView bytes, quint8 pattern, Feed feed)
{
    quint32 state = pattern + 1U;
    while (!bytes.isEmpty()) {
        state = state * 1103515245U + 12345U;
        const qsizetype length = std::min<qsizetype>(bytes.size(), 1 + (state >> 16) % 97);
        if (!feed(bytes.first(length)))
            return;
        bytes = bytes.sliced(length);
    }
}

} // namespace ringmaster::fuzz
