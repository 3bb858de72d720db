// SPDX-License-Identifier: GPL-3.0-or-later
// The Ring page: a title, what the ring is made of, and the ring.
#pragma once

#include "ui/ring/ring_widget.h"
#include "ui/session/cluster_facts.h"

class QLabel;

namespace ringmaster {

class RingPage : public QWidget {
    Q_OBJECT
public:
    // theme must outlive the page.
    explicit RingPage(const Theme& theme, QWidget* parent = nullptr);

    RingWidget* ring() const { return m_ring; }
    void setFacts(const ClusterFacts& facts);

protected:
    void resizeEvent(QResizeEvent* event) override;

private:
    QLabel* m_subtitle;
    RingWidget* m_ring;
};

} // namespace ringmaster
