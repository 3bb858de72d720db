// SPDX-License-Identifier: GPL-3.0-or-later
// The pages that there are, at the top of the left column. Ctrl+1, Ctrl+2, ... choose them.
#pragma once

#include <QWidget>

class QButtonGroup;
class QVBoxLayout;

namespace ringmaster {

class PageList : public QWidget {
    Q_OBJECT
public:
    explicit PageList(QWidget* parent = nullptr);

    void addPage(const QString& name); // its number is how many were there before
    void setCurrent(int page);

Q_SIGNALS:
    void pageAsked(int page);

private:
    QButtonGroup* m_group;
    QVBoxLayout* m_layout;
};

} // namespace ringmaster
