// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/ringctl/key_pages.h"

#include "app/ringctl/await.h"

namespace ringmaster::ctl {

KeyPages::KeyPages(NodeClient& client, QByteArray prefix)
    : m_client(client)
    , m_prefix(std::move(prefix))
{}

ClientResult<QList<QByteArray>> KeyPages::next(int limit)
{
    auto page = await<ClientKeysPage>(
        [&](QObject* context, auto done) { m_client.keys(m_prefix, m_cursor, limit, context, done); });
    if (!page)
        return tl::make_unexpected(page.error());
    m_cursor = page->nextCursor;
    m_atEnd = m_cursor.isEmpty();
    return page->keys;
}

} // namespace ringmaster::ctl
