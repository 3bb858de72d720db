// SPDX-License-Identifier: GPL-3.0-or-later
// The dock: the Write and the Read form side by side, always at hand.
#pragma once

#include "ui/forms/read_form.h"
#include "ui/forms/write_form.h"

namespace ringmaster {

class DataDock : public QWidget {
    Q_OBJECT
public:
    // Both must outlive the dock.
    DataDock(KeyValuePort& port, const Theme& theme, QWidget* parent = nullptr);

    WriteForm* writeForm() const { return m_write; }
    ReadForm* readForm() const { return m_read; }
    void setFacts(const ClusterFacts& facts);
    void setKey(const QString& key);

Q_SIGNALS:
    // A request has shown what a key holds.
    void keyShown(const ringmaster::Key& key, const ringmaster::ClientValue& value);

private:
    WriteForm* m_write;
    ReadForm* m_read;
};

} // namespace ringmaster
