// SPDX-License-Identifier: GPL-3.0-or-later
// How much memory the program has in use: what resident memory cannot say under a sanitizer, which keeps
// freed memory back.
#pragma once

#include <QtGlobal>

#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define RINGMASTER_SANITIZED_HEAP
#endif
#endif
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define RINGMASTER_SANITIZED_HEAP
#endif

#ifdef RINGMASTER_SANITIZED_HEAP
#include <cstddef>
// gcc ships no header for it.
extern "C" std::size_t __sanitizer_get_current_allocated_bytes();
#else
#include <malloc.h>
#endif

namespace ringmaster {

inline qint64 heapInUse()
{
#ifdef RINGMASTER_SANITIZED_HEAP
    return static_cast<qint64>(__sanitizer_get_current_allocated_bytes());
#else
    const auto info = mallinfo2();
    return static_cast<qint64>(info.uordblks + info.hblkhd);
#endif
}

} // namespace ringmaster
