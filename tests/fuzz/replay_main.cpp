// SPDX-License-Identifier: GPL-3.0-or-later
// Runs a fuzzer over every file of a folder, with any compiler: replay FOLDER. Fails on an empty one.
#include "tests/fuzz/fuzz.h"

#include <QDir>
#include <QFile>

int main(int argc, char** argv)
{
    if (argc != 2) {
        std::fprintf(stderr, "usage: %s FOLDER\n", argv[0]);
        return 2;
    }
    const QDir folder(QFile::decodeName(argv[1]));
    const QStringList names = folder.entryList(QDir::Files, QDir::Name);
    for (const QString& name : names) {
        QFile file(folder.filePath(name));
        if (!file.open(QIODevice::ReadOnly)) {
            std::fprintf(stderr, "cannot read %s\n", qPrintable(file.fileName()));
            return 2;
        }
        const QByteArray bytes = file.readAll();
        std::printf("%s (%lld bytes)\n", qPrintable(name), static_cast<long long>(bytes.size()));
        std::fflush(stdout); // the name is there when the next line ends the process
        LLVMFuzzerTestOneInput(reinterpret_cast<const uint8_t*>(bytes.constData()),
                               static_cast<size_t>(bytes.size()));
    }
    if (names.isEmpty())
        std::fprintf(stderr, "there is nothing in %s\n", argv[1]);
    return names.isEmpty() ? 1 : 0;
}
