// SPDX-License-Identifier: GPL-3.0-or-later
// The right panel of the original web GUI: key, read quorum, "Get data", and a row for each sibling.
//
// Outcome and rows go when the key field names another key. The answer to a request whose key has been
// replaced meanwhile says its key.
#pragma once

#include "ui/forms/form_grid.h"
#include "ui/forms/key_value_port.h"
#include "ui/forms/rails_text.h"
#include "ui/session/cluster_facts.h"
#include "ui/theme/theme.h"

#include <QWidget>

class QLineEdit;

namespace ringmaster {

class OutcomeView;
class RequestButton;
class SiblingList;

class ReadForm : public QWidget {
    Q_OBJECT
public:
    // Both must outlive the form.
    ReadForm(KeyValuePort& port, const Theme& theme, QWidget* parent = nullptr);

    void setFacts(const ClusterFacts& facts);
    void setKey(const QString& key);
    void focusKey();

Q_SIGNALS:
    void asked(const QString& key); // a request is sent
    void gotValue(const ringmaster::Key& key, const ringmaster::ClientValue& value);
    void clockTaken(const QString& key, const ringmaster::Clock& clock);

protected:
    void keyPressEvent(QKeyEvent* event) override;

private:
    void build();
    void submit();
    void cancel();
    void keyChanged();
    void finished(const Key& key, const ClientResult<ClientValue>& result);

    KeyValuePort& m_port;
    const Theme& m_theme;
    ClusterFacts m_facts;
    PendingCall m_call;
    QString m_shownKey; // whose outcome and rows are shown, or awaited
    std::unique_ptr<FormGrid> m_grid;
    QLineEdit* m_key = nullptr;
    QLineEdit* m_quorum = nullptr;
    RequestButton* m_button = nullptr;
    OutcomeView* m_outcome = nullptr;
    SiblingList* m_siblings = nullptr;
};

} // namespace ringmaster
