// SPDX-License-Identifier: GPL-3.0-or-later
// The line at the bottom: in words whether every key is readable and writable now, and how fast it goes.
// Something that could not be done is said here too, in place of the rest, for a while.
#pragma once

#include "ui/session/cluster_facts.h"
#include "ui/theme/theme.h"

#include <QTimer>
#include <QWidget>

class QLabel;

namespace ringmaster {

class ElidedLabel;

class StatusLine : public QWidget {
    Q_OBJECT
public:
    // theme must outlive the line.
    explicit StatusLine(const Theme& theme, QWidget* parent = nullptr);

    void setSnapshot(const ClusterSnapshot& snapshot);
    void say(const QString& message);
    QString sentence() const;

protected:
    void paintEvent(QPaintEvent* event) override;

private:
    void showWords();

    const Theme& m_theme;
    QString m_sentence;
    QString m_message; // in its place for now
    Health m_health = Health::Unknown;
    QTimer m_messageTime;
    ElidedLabel* m_words;
    QLabel* m_figures;
};

// "810 requests/s · p99 read 1.2 ms, write 2.8 ms"; empty where nothing is known.
QString figureWords(const ClusterSnapshot& snapshot);

} // namespace ringmaster
