// SPDX-License-Identifier: GPL-3.0-or-later
// The left panel of the original web GUI: key, value, optional write quorum and vector clock, "Write data",
// and under it a row for each sibling that the key has after the write.
//
// What belongs to one key goes when the key field names another: the outcome, the rows, and a clock that was
// taken from a row. The answer to a request whose key has been replaced meanwhile says its key.
#pragma once

#include "ui/forms/form_grid.h"
#include "ui/forms/key_value_port.h"
#include "ui/forms/rails_text.h"
#include "ui/forms/seen_contexts.h"
#include "ui/session/cluster_facts.h"
#include "ui/theme/theme.h"

#include <QWidget>

class QLineEdit;

namespace ringmaster {

class OutcomeView;
class RequestButton;
class SiblingList;
class ValueEdit;

class WriteForm : public QWidget {
    Q_OBJECT
public:
    // Both must outlive the form.
    WriteForm(KeyValuePort& port, const Theme& theme, QWidget* parent = nullptr);

    void setFacts(const ClusterFacts& facts);
    void setKey(const QString& key);
    // A request for key has been sent by another form. Takes the key, unless there is a value or a clock here
    // that was meant for the one that stands here.
    void followKey(const QString& key);
    // Fills the vector-clock field, and the key, whose clock it is.
    void useClock(const QString& key, const Clock& clock);
    void focusKey();
    // An answer was shown: its clocks may be written with.
    void remember(const ringmaster::Key& key, const ringmaster::ClientValue& value)
    {
        m_seen.remember(key, value);
    }

Q_SIGNALS:
    void asked(const QString& key); // a request is sent
    void written(const ringmaster::Key& key, const ringmaster::ClientValue& value);

protected:
    void keyPressEvent(QKeyEvent* event) override;

private:
    void build();
    void submit();
    void cancel();
    void keyChanged();
    void finished(const Key& key, const ClientResult<ClientValue>& result);
    std::optional<WriteOrder> checked();
    // Names the order: as the last one, where that was the same and was not answered.
    void name(WriteOrder& order);

    KeyValuePort& m_port;
    const Theme& m_theme;
    ClusterFacts m_facts;
    PendingCall m_call;
    SeenContexts m_seen;
    QString m_shownKey; // whose outcome and rows are shown, or awaited
    QString m_clockOf;  // the key of the row that the clock was taken from; empty: it was typed
    std::optional<WriteOrder> m_unanswered; // the last one sent, until it is known to be carried out
    std::unique_ptr<FormGrid> m_grid;
    QLineEdit* m_key = nullptr;
    ValueEdit* m_value = nullptr;
    QLineEdit* m_quorum = nullptr;
    QLineEdit* m_clock = nullptr;
    RequestButton* m_button = nullptr;
    OutcomeView* m_outcome = nullptr;
    SiblingList* m_siblings = nullptr;
};

} // namespace ringmaster
