// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/ui/fake_port.h"
#include "tests/ui/sample_cluster.h"
#include "ui/forms/data_dock.h"
#include "ui/forms/outcome_view.h"
#include "ui/forms/request_button.h"
#include "ui/forms/sibling_list.h"
#include "ui/forms/value_edit.h"

#include <QLabel>
#include <QLineEdit>
#include <QSignalSpy>
#include <QTest>

using namespace ringmaster;

class FormsTest : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void init();
    void cleanup();

    void aWriteSendsWhatStandsInTheFields();
    void aWriteShowsItsQuorumAndARowForEachSibling();
    void aReadShowsARowForEachSibling();
    void useThisClockFillsTheVectorClockAndTheKey();
    void aClockGoesWhenTheKeyFieldNamesAnotherKey_data();
    void aClockGoesWhenTheKeyFieldNamesAnotherKey();
    void whatWasShownOfAKeyGoesWithTheKey();
    void theLinkOfARowTakesTheClockForTheRowsOwnKey();
    void anAnswerThatComesAfterTheKeyWasReplacedSaysItsKey();
    void aReadLeavesAlonePendingInputOfTheWriteForm();
    void aRefusedInputTakesTheResultOfTheLastRequestAway();
    void anEmptyKeyIsSaidAtTheField();
    void aMalformedClockIsSaidAtTheFieldAndNothingIsSent();
    void aClockOfNoAnswerIsSaidAtTheFieldAndNothingIsSent();
    void aQuorumAboveNIsSaidAtTheField();
    void aFailureIsSaidInWords();
    void aRequestUnderWayCanBeCancelled();
    void aWriteThatIsAskedForAgainAfterAFailureIsTheSameWrite();
    void aSecondClickDoesNotSendTwice();
    void aValueKeepsItsLinesAndBlanks();
    void fieldsComeInTheOrderOfTheOriginal();

private:
    template <class T>
    T* find(const char* name) const
    {
        return m_dock->findChild<T*>(QString::fromLatin1(name));
    }
    void type(const char* field, const QString& text) { find<QLineEdit>(field)->setText(text); }
    void click(const char* button) { QTest::mouseClick(find<RequestButton>(button), Qt::LeftButton); }
    QPushButton* link(const char* list, const char* name) const
    {
        return find<SiblingList>(list)->findChild<QPushButton*>(QString::fromLatin1(name));
    }
    // Reads key, whose answer has two siblings.
    void readTwoSiblings(const QString& key);
    QString errorAt(const char* field) const
    {
        return find<QLabel>((QByteArray(field) + "Error").constData())->text();
    }

    std::unique_ptr<FakePort> m_port;
    std::unique_ptr<Theme> m_theme;
    std::unique_ptr<DataDock> m_dock;
};

namespace {

ClientValue valueWith(const QList<ClientSibling>& siblings)
{
    ClientValue value;
    value.siblings = siblings;
    value.context = "context of the answer";
    value.tookMs = 2.8;
    value.quorum.needed = 2;
    value.quorum.answered = {{QStringLiteral("n1"), QStringLiteral("primary"), 1.1},
                             {QStringLiteral("n2"), QStringLiteral("primary"), 2.8}};
    return value;
}

ClientSibling sibling(const QByteArray& value, int actor, quint64 counter)
{
    ClientSibling s;
    s.value = value;
    s.clock = {{sample::actor(actor), counter}};
    s.dot = sample::actor(actor) + QLatin1Char(':') + QString::number(counter);
    return s;
}

const QString row1 = QStringLiteral(R"("a000000000000001=4;a000000000000002=0;a000000000000003=0;")");
const QString json1 = QStringLiteral(
    R"({"a000000000000001":"4","a000000000000002":"0","a000000000000003":"0","value":"milk"})");

} // namespace

void FormsTest::init()
{
    m_port = std::make_unique<FakePort>();
    m_theme = std::make_unique<Theme>(ThemeMode::Light);
    m_dock = std::make_unique<DataDock>(*m_port, *m_theme);
    m_dock->setFacts(sample::facts(sample::snapshot()));
    m_dock->resize(1200, 280);
    m_dock->show();
    QVERIFY(QTest::qWaitForWindowExposed(m_dock.get()));
}

void FormsTest::cleanup()
{
    m_dock.reset();
}

void FormsTest::aWriteSendsWhatStandsInTheFields()
{
    type("readKey", QStringLiteral("cart:4711"));
    click("getData");
    m_port->reads.first().answer(valueWith({sibling("milk", 1, 4)}));
    QCOMPARE(find<QLineEdit>("writeKey")->text(), QStringLiteral("cart:4711")); // it follows the read
    QTest::keyClicks(find<ValueEdit>("writeValue"), QStringLiteral("{\"milk\":1}"));
    QTest::keyClicks(find<QLineEdit>("writeQuorum"), QStringLiteral("3"));
    type("vectorClock", row1 + QStringLiteral(": ") + json1);
    click("writeData");
    QCOMPARE(m_port->orders.size(), 1);
    const WriteOrder& order = m_port->orders.first();
    QCOMPARE(order.key.bytes(), QByteArray("cart:4711"));
    QCOMPARE(order.value, QByteArray("{\"milk\":1}"));
    QCOMPARE(order.quorum, std::optional<int>(3));
    QCOMPARE(order.context, QByteArray("context of the answer"));
}

void FormsTest::aWriteShowsItsQuorumAndARowForEachSibling()
{
    QSignalSpy shown(m_dock.get(), &DataDock::keyShown);
    type("writeKey", QStringLiteral("cart:4711"));
    click("writeData");
    m_port->writes.first().answer(valueWith({sibling("milk", 1, 4)}));
    QCOMPARE(find<QLabel>("outcome")->text(), QStringLiteral("W 2 of 2 in 2.8 ms"));
    QCOMPARE(find<SiblingList>("writeSiblings")->texts(), QStringList{row1 + QLatin1Char(':') + json1});
    QCOMPARE(shown.count(), 1);
}

void FormsTest::aReadShowsARowForEachSibling()
{
    type("readKey", QStringLiteral("cart:4711"));
    QTest::keyClick(find<QLineEdit>("readKey"), Qt::Key_Return);
    QCOMPARE(m_port->readKeys, QList<QByteArray>{"cart:4711"});
    QCOMPARE(m_port->readQuorums.first(), std::nullopt);
    m_port->reads.first().answer(valueWith({sibling("milk", 1, 4), sibling("tea", 2, 1)}));
    const QStringList rows = find<SiblingList>("readSiblings")->texts();
    QCOMPARE(rows.size(), 2);
    QCOMPARE(rows.first(), row1 + QStringLiteral("  ===>  ") + json1);
}

void FormsTest::useThisClockFillsTheVectorClockAndTheKey()
{
    type("readKey", QStringLiteral("cart:4711"));
    click("getData");
    m_port->reads.first().answer(valueWith({sibling("milk", 1, 4)}));
    auto* use = find<SiblingList>("readSiblings")->findChild<QPushButton*>(QStringLiteral("useClock"));
    QVERIFY(use);
    QTest::mouseClick(use, Qt::LeftButton);
    QCOMPARE(find<QLineEdit>("vectorClock")->text(), QStringLiteral(R"({"a000000000000001":"4"})"));
    QCOMPARE(find<QLineEdit>("writeKey")->text(), QStringLiteral("cart:4711"));
}

void FormsTest::readTwoSiblings(const QString& key)
{
    type("readKey", key);
    click("getData");
    m_port->reads.last().answer(valueWith({sibling("milk", 1, 4), sibling("tea", 2, 1)}));
}

void FormsTest::aClockGoesWhenTheKeyFieldNamesAnotherKey_data()
{
    QTest::addColumn<bool>("isTyped");
    QTest::newRow("typed") << true;
    QTest::newRow("chosen elsewhere in the window") << false;
}

void FormsTest::aClockGoesWhenTheKeyFieldNamesAnotherKey()
{
    QFETCH(bool, isTyped);
    readTwoSiblings(QStringLiteral("P5"));
    QTest::mouseClick(link("readSiblings", "useAllClocks"), Qt::LeftButton);
    QCOMPARE(find<QLineEdit>("writeKey")->text(), QStringLiteral("P5"));
    QVERIFY(!find<QLineEdit>("vectorClock")->text().isEmpty());
    if (isTyped) {
        find<QLineEdit>("writeKey")->selectAll();
        QTest::keyClicks(find<QLineEdit>("writeKey"), QStringLiteral("P1"));
    } else {
        m_dock->setKey(QStringLiteral("P1"));
    }
    QCOMPARE(find<QLineEdit>("vectorClock")->text(), QString());
    QVERIFY(m_dock->writeForm()->findChild<OutcomeView*>()->headline().contains(QStringLiteral("P5")));
    click("writeData");
    QCOMPARE(m_port->orders.last().key.bytes(), QByteArray("P1"));
    QCOMPARE(m_port->orders.last().context, QByteArray());
}

void FormsTest::whatWasShownOfAKeyGoesWithTheKey()
{
    readTwoSiblings(QStringLiteral("A"));
    type("writeKey", QStringLiteral("B"));
    click("writeData");
    QCOMPARE(find<QLineEdit>("readKey")->text(), QStringLiteral("B"));
    QCOMPARE(find<SiblingList>("readSiblings")->texts(), QStringList());
    QCOMPARE(m_dock->readForm()->findChild<OutcomeView*>()->headline(), QString());
    m_port->writes.last().answer(valueWith({sibling("", 1, 1)}));
    QVERIFY(!find<SiblingList>("writeSiblings")->texts().isEmpty());
    m_dock->setKey(QStringLiteral("C"));
    QCOMPARE(find<SiblingList>("writeSiblings")->texts(), QStringList());
    QCOMPARE(m_dock->writeForm()->findChild<OutcomeView*>()->headline(), QString());
}

void FormsTest::theLinkOfARowTakesTheClockForTheRowsOwnKey()
{
    type("writeKey", QStringLiteral("A"));
    click("writeData");
    type("writeKey", QStringLiteral("B"));
    m_port->writes.last().answer(valueWith({sibling("milk", 1, 4)}));
    QTest::mouseClick(link("writeSiblings", "useClock"), Qt::LeftButton);
    QCOMPARE(find<QLineEdit>("writeKey")->text(), QStringLiteral("A"));
    QVERIFY(!find<QLineEdit>("vectorClock")->text().isEmpty());
}

void FormsTest::anAnswerThatComesAfterTheKeyWasReplacedSaysItsKey()
{
    type("readKey", QStringLiteral("A"));
    click("getData");
    type("readKey", QStringLiteral("B"));
    m_port->reads.last().answer(valueWith({sibling("milk", 1, 4)}));
    QCOMPARE(find<QLineEdit>("readKey")->text(), QStringLiteral("B"));
    QVERIFY(m_dock->readForm()->findChild<OutcomeView*>()->headline().startsWith(QStringLiteral("A: ")));
    type("writeKey", QStringLiteral("C"));
    click("writeData");
    type("writeKey", QStringLiteral("D"));
    ClientError error;
    error.message = QStringLiteral("1 of 2 nodes answered.");
    m_port->writes.last().answer(tl::make_unexpected(error));
    QCOMPARE(m_dock->writeForm()->findChild<OutcomeView*>()->headline(),
             QStringLiteral("C: 1 of 2 nodes answered."));
}

void FormsTest::aReadLeavesAlonePendingInputOfTheWriteForm()
{
    type("writeKey", QStringLiteral("P1"));
    find<ValueEdit>("writeValue")->setPlainText(QStringLiteral("meant for P1"));
    readTwoSiblings(QStringLiteral("P5"));
    QCOMPARE(find<QLineEdit>("writeKey")->text(), QStringLiteral("P1"));
}

void FormsTest::aRefusedInputTakesTheResultOfTheLastRequestAway()
{
    readTwoSiblings(QStringLiteral("A"));
    type("readQuorum", QStringLiteral("9"));
    click("getData");
    QVERIFY(!errorAt("readQuorum").isEmpty());
    QCOMPARE(m_dock->readForm()->findChild<OutcomeView*>()->headline(), QString());
    type("writeKey", QStringLiteral("A"));
    click("writeData");
    m_port->writes.last().answer(valueWith({sibling("", 1, 1)}));
    type("writeQuorum", QStringLiteral("9"));
    click("writeData");
    QVERIFY(!errorAt("writeQuorum").isEmpty());
    QCOMPARE(m_dock->writeForm()->findChild<OutcomeView*>()->headline(), QString());
}

void FormsTest::anEmptyKeyIsSaidAtTheField()
{
    click("writeData");
    click("getData");
    QVERIFY(m_port->orders.isEmpty());
    QVERIFY(m_port->readKeys.isEmpty());
    QVERIFY(!errorAt("writeKey").isEmpty());
    QVERIFY(!errorAt("readKey").isEmpty());
    QTest::keyClicks(find<QLineEdit>("writeKey"), QStringLiteral("k"));
    QVERIFY(errorAt("writeKey").isEmpty());
}

void FormsTest::aMalformedClockIsSaidAtTheFieldAndNothingIsSent()
{
    type("writeKey", QStringLiteral("k"));
    type("vectorClock", QStringLiteral("{\"a\":1}"));
    click("writeData");
    QVERIFY(m_port->orders.isEmpty());
    QVERIFY(!errorAt("vectorClock").isEmpty());
}

void FormsTest::aClockOfNoAnswerIsSaidAtTheFieldAndNothingIsSent()
{
    type("writeKey", QStringLiteral("k"));
    type("vectorClock", json1);
    click("writeData");
    QVERIFY(m_port->orders.isEmpty());
    QVERIFY(errorAt("vectorClock").contains(QStringLiteral("No answer shown here")));
}

void FormsTest::aQuorumAboveNIsSaidAtTheField()
{
    type("writeKey", QStringLiteral("k"));
    type("writeQuorum", QStringLiteral("4"));
    click("writeData");
    QVERIFY(m_port->orders.isEmpty());
    QVERIFY(errorAt("writeQuorum").contains(QStringLiteral("1 to 3")));
}

void FormsTest::aFailureIsSaidInWords()
{
    type("writeKey", QStringLiteral("k"));
    click("writeData");
    ClientError error;
    error.message = QStringLiteral("1 of 2 nodes answered.");
    error.quorum = valueWith({}).quorum;
    error.quorum->missing = {
        {QStringLiteral("n3"), QStringLiteral("primary"), QStringLiteral("unreachable")}};
    m_port->writes.first().answer(tl::make_unexpected(error));
    const auto* outcome = m_dock->writeForm()->findChild<OutcomeView*>();
    QCOMPARE(outcome->headline(), QStringLiteral("1 of 2 nodes answered."));
    QVERIFY(outcome->details().contains(QStringLiteral("n3 unreachable")));
    QVERIFY(!find<RequestButton>("writeData")->isBusy());
}

void FormsTest::aRequestUnderWayCanBeCancelled()
{
    type("writeKey", QStringLiteral("k"));
    click("writeData");
    QTRY_COMPARE(find<RequestButton>("writeData")->text(), QStringLiteral("Cancel"));
    click("writeData");
    QVERIFY(!m_port->writes.first().call);
    QVERIFY(!find<RequestButton>("writeData")->isBusy());
    QCOMPARE(find<RequestButton>("writeData")->text(), QStringLiteral("Write data"));
    QVERIFY(m_dock->writeForm()->findChild<OutcomeView*>()->headline().contains(QStringLiteral("may still")));
}

void FormsTest::aWriteThatIsAskedForAgainAfterAFailureIsTheSameWrite()
{
    type("writeKey", QStringLiteral("k"));
    ClientError error;
    error.mayExist = true;
    click("writeData");
    m_port->writes.last().answer(tl::make_unexpected(error));
    click("writeData");
    m_port->writes.last().answer(valueWith({sibling("", 1, 1)}));
    click("writeData"); // a new one: the last was carried out
    m_port->writes.last().answer(tl::make_unexpected(error));
    type("writeKey", QStringLiteral("another"));
    click("writeData");
    QCOMPARE(m_port->orders.size(), 4);
    QVERIFY(m_port->orders[0].idempotencyId.size() > 16);
    QCOMPARE(m_port->orders[1], m_port->orders[0]);
    QVERIFY(m_port->orders[2].idempotencyId != m_port->orders[0].idempotencyId);
    QVERIFY(m_port->orders[3].idempotencyId != m_port->orders[2].idempotencyId);
}

void FormsTest::aSecondClickDoesNotSendTwice()
{
    type("readKey", QStringLiteral("k"));
    click("getData");
    click("getData");
    QCOMPARE(m_port->reads.size(), 1);
    QVERIFY(m_port->reads.first().call);
}

void FormsTest::aValueKeepsItsLinesAndBlanks()
{
    type("writeKey", QStringLiteral("k"));
    const QString value = QStringLiteral("one\ntwo") + QChar(0xa0) + QStringLiteral(" end ");
    find<ValueEdit>("writeValue")->setPlainText(value);
    click("writeData");
    QCOMPARE(m_port->orders.first().value, value.toUtf8());
}

void FormsTest::fieldsComeInTheOrderOfTheOriginal()
{
    find<QLineEdit>("writeKey")->setFocus();
    QStringList order;
    for (int i = 0; i < 5; ++i) {
        order.append(QApplication::focusWidget()->objectName());
        QTest::keyClick(QApplication::focusWidget(), Qt::Key_Tab);
    }
    QCOMPARE(order, QStringList({QStringLiteral("writeKey"), QStringLiteral("writeValue"),
                                 QStringLiteral("writeQuorum"), QStringLiteral("vectorClock"),
                                 QStringLiteral("writeData")}));
}

QTEST_MAIN(FormsTest)
#include "forms_test.moc"
