// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/shell/top_bar.h"

#include "ui/session/words.h"
#include "ui/theme/glyphs.h"
#include "ui/theme/style_sheet.h"

#include <QAction>
#include <QActionGroup>
#include <QHBoxLayout>
#include <QIcon>
#include <QLabel>
#include <QLineEdit>
#include <QPainter>
#include <QPushButton>

namespace ringmaster {
namespace {

constexpr int barHeight = 52;
constexpr int signBox = 18;

QIcon themeIcon(const Palette& palette, double pixelRatio)
{
    QPixmap pixmap(QSize(signBox, signBox) * pixelRatio);
    pixmap.setDevicePixelRatio(pixelRatio);
    pixmap.fill(Qt::transparent);
    QPainter painter(&pixmap);
    drawThemeSign(painter, QRectF(0, 0, signBox, signBox), palette);
    return pixmap;
}

} // namespace

TopBar::TopBar(Theme& theme, QWidget* parent)
    : QWidget(parent)
    , m_theme(theme)
    , m_name(makeLabel({}, QStringLiteral("strong"), this))
    , m_numbers(makeLabel({}, QStringLiteral("secondary"), this))
    , m_find(new QLineEdit(this))
    , m_add(new QPushButton(tr("Add node"), this))
    , m_themeButton(new QPushButton(this))
{
    setProperty("ground", QStringLiteral("panel"));
    setAttribute(Qt::WA_StyledBackground);
    setFixedHeight(barHeight);
    m_find->setPlaceholderText(tr("Find a key and where it lives      Ctrl K"));
    m_find->setProperty("find", QStringLiteral("true"));
    m_find->setObjectName(QStringLiteral("findKey"));
    m_find->setAccessibleName(tr("Find a key"));
    m_find->setClearButtonEnabled(true);
    m_find->setMinimumWidth(180);
    m_find->setMaximumWidth(500);
    m_add->setProperty("kind", QStringLiteral("bar"));
    m_add->setObjectName(QStringLiteral("addNode"));
    m_add->setToolTip(tr("Starts a further node, which joins the others (Ctrl+N)"));
    m_themeButton->setProperty("kind", QStringLiteral("bar"));
    m_themeButton->setObjectName(QStringLiteral("themeToggle"));
    m_themeButton->setIconSize({signBox, signBox});
    buildThemeChoice();
    auto* layout = new QHBoxLayout(this);
    layout->setContentsMargins(16, 0, 12, 0);
    layout->setSpacing(8);
    layout->addWidget(makeChip());
    layout->addStretch(1);
    layout->addWidget(m_find, 3);
    layout->addStretch(1);
    layout->addWidget(m_add);
    layout->addWidget(m_themeButton);
    connect(m_find, &QLineEdit::returnPressed, this, [this] { Q_EMIT keyAsked(m_find->text()); });
    connect(m_add, &QPushButton::clicked, this, &TopBar::addAsked);
    connect(m_themeButton, &QPushButton::clicked, &m_theme, &Theme::toggle);
    connect(&m_theme, &Theme::changed, this, &TopBar::dressThemeButton);
    dressThemeButton();
}

void TopBar::setFacts(const ClusterFacts& facts, const QString& place)
{
    const ClusterSnapshot& s = facts.snapshot;
    m_name->setText(s.cluster.isEmpty() ? tr("no cluster yet") : s.cluster);
    QString numbers = counted(facts.nodes.size(), tr("node"), tr("nodes"));
    if (s.replicas > 0)
        numbers += QStringLiteral(" · N %1 R %2 W %3").arg(s.replicas).arg(s.readQuorum).arg(s.writeQuorum);
    m_numbers->setText(numbers);
    m_name->parentWidget()->setToolTip(plainToolTip(
        tr("%1\nN: nodes that hold each key. R: answers that a read waits for. W: the same for a write.")
            .arg(place)));
    m_add->setVisible(facts.managesProcesses);
}

void TopBar::focusFind()
{
    m_find->setFocus(Qt::ShortcutFocusReason);
    m_find->selectAll();
}

void TopBar::setUsable(bool usable)
{
    m_find->setEnabled(usable);
    m_add->setEnabled(usable);
}

QWidget* TopBar::makeChip()
{
    auto* chip = new QFrame(this);
    chip->setProperty("card", QStringLiteral("true"));
    chip->setFixedHeight(30);
    auto* layout = new QHBoxLayout(chip);
    layout->setContentsMargins(12, 0, 12, 0);
    layout->setSpacing(8);
    m_name->setParent(chip);
    m_numbers->setParent(chip);
    layout->addWidget(m_name);
    layout->addWidget(m_numbers);
    return chip;
}

// A click flips light and dark; the menu also has the way back to following the system.
void TopBar::buildThemeChoice()
{
    auto* group = new QActionGroup(this);
    const auto add = [&](const QString& text, ThemeMode mode) {
        auto* action = new QAction(text, group);
        action->setCheckable(true);
        action->setChecked(m_theme.mode() == mode);
        connect(action, &QAction::triggered, this, [this, mode] { m_theme.setMode(mode); });
        connect(&m_theme, &Theme::changed, action,
                [this, action, mode] { action->setChecked(m_theme.mode() == mode); });
        m_themeButton->addAction(action);
    };
    add(tr("As the system"), ThemeMode::System);
    add(tr("Light"), ThemeMode::Light);
    add(tr("Dark"), ThemeMode::Dark);
    m_themeButton->setContextMenuPolicy(Qt::ActionsContextMenu);
}

void TopBar::dressThemeButton()
{
    const Palette& palette = m_theme.palette();
    m_themeButton->setIcon(themeIcon(palette, devicePixelRatioF()));
    const QString to = palette.dark ? tr("Light colours") : tr("Dark colours");
    m_themeButton->setAccessibleName(to);
    m_themeButton->setToolTip(tr("%1 (Ctrl+T); its menu can follow the system").arg(to));
}

} // namespace ringmaster
