// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/ringctl/byte_source.h"

#include <cerrno>
#include <cstring>
#include <unistd.h>

namespace ringmaster::ctl {

namespace {

constexpr qsizetype pieceBytes = 64 * 1024;

} // namespace

ByteSource::ByteSource(const QString& path, QObject* parent)
    : QObject(parent)
    , m_path(path)
{}

bool ByteSource::open()
{
    const bool standardInput = m_path == QStringLiteral("-");
    m_file.setFileName(m_path);
    const bool opened = standardInput ? m_file.open(stdin, QIODevice::ReadOnly | QIODevice::Unbuffered)
                                      : m_file.open(QIODevice::ReadOnly | QIODevice::Unbuffered);
    if (!opened) {
        m_problem = m_file.errorString();
        return false;
    }
    m_size = standardInput ? 0 : m_file.size();
    m_notifier = std::make_unique<QSocketNotifier>(m_file.handle(), QSocketNotifier::Read);
    m_notifier->setEnabled(false);
    connect(m_notifier.get(), &QSocketNotifier::activated, this, &ByteSource::read);
    return true;
}

void ByteSource::setWanted(bool wanted)
{
    if (m_notifier)
        m_notifier->setEnabled(wanted);
}

void ByteSource::read()
{
    QByteArray piece(pieceBytes, Qt::Uninitialized);
    const ssize_t n = ::read(m_file.handle(), piece.data(), static_cast<size_t>(piece.size()));
    if (n < 0 && (errno == EINTR || errno == EAGAIN))
        return;
    if (n > 0) {
        m_taken += n;
        piece.truncate(n);
        Q_EMIT bytes(piece);
        return;
    }
    if (n < 0)
        m_problem = QString::fromLocal8Bit(std::strerror(errno));
    m_notifier->setEnabled(false);
    m_notifier.release()->deleteLater(); // it is telling us this moment
    Q_EMIT ended();
}

} // namespace ringmaster::ctl
