// SPDX-License-Identifier: GPL-3.0-or-later
// A SqliteStore in a temporary folder, for tests.
#pragma once

#include "nodecore/sqlite/sqlite_store.h"
#include "tests/storage/store_contract.h"

#include <QDir>
#include <QTemporaryDir>

namespace ringmaster {

class SqliteHarness : public StoreHarness {
public:
    SqliteHarness() { m_options.directory = m_folder.filePath(QStringLiteral("data")); }

    SqliteStoreOptions& options() { return m_options; }
    const QString& directory() const { return m_options.directory; }
    QString path(const QString& name) const { return m_options.directory + QLatin1Char('/') + name; }
    QString databasePath() const { return path(QStringLiteral("ringmaster.db")); }

    // Opens on first use.
    SqliteStore& store() override
    {
        if (!m_store)
            open();
        return *m_store;
    }
    void open()
    {
        auto opened = SqliteStore::open(m_options);
        if (!opened)
            qFatal("%s", qPrintable(opened.error().message));
        m_store = std::move(*opened);
    }
    void close()
    {
        if (m_store)
            m_store->close();
        m_store.reset();
    }
    void reopen() override
    {
        close();
        open();
    }
    bool waitFor(const std::function<bool()>& condition) override
    {
        return QTest::qWaitFor(condition, 30000);
    }

private:
    QTemporaryDir m_folder;
    SqliteStoreOptions m_options;
    std::unique_ptr<SqliteStore> m_store;
};

} // namespace ringmaster
