// SPDX-License-Identifier: GPL-3.0-or-later
// Reads a file or the standard input without ever waiting for it: bytes come when they are there and wanted.
#pragma once

#include <QFile>
#include <QObject>
#include <QSocketNotifier>

#include <memory>

namespace ringmaster::ctl {

class ByteSource : public QObject {
    Q_OBJECT
public:
    // path: a file, or "-" for the standard input.
    explicit ByteSource(const QString& path, QObject* parent = nullptr);

    // False where it cannot be opened; problem() says why.
    bool open();
    QString problem() const { return m_problem; }
    qint64 size() const { return m_size; } // 0 where it is not known
    qint64 taken() const { return m_taken; }
    // Nothing is read while it is off, which it is at first.
    void setWanted(bool wanted);

Q_SIGNALS:
    void bytes(const QByteArray& bytes);
    void ended(); // once; problem() is empty where all was read

private:
    void read();

    QString m_path;
    QFile m_file;
    QString m_problem;
    qint64 m_size = 0;
    qint64 m_taken = 0;
    std::unique_ptr<QSocketNotifier> m_notifier;
};

} // namespace ringmaster::ctl
