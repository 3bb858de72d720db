// SPDX-License-Identifier: GPL-3.0-or-later
// The yardstick of the benchmarks: what Qt HttpServer does by itself. GET / answers "hello".
//
//     http_hello PORT     (127.0.0.1 only; runs until it is ended)
#include <QCoreApplication>
#include <QHttpServer>
#include <QTcpServer>

#include <cstdio>

int main(int argc, char** argv)
{
    // As ringnode does: with many connections, GLib would make it slower.
    qputenv("QT_NO_GLIB", "1");
    QCoreApplication app(argc, argv);
    bool isNumber = false;
    const quint16 port = argc == 2 ? QByteArray(argv[1]).toUShort(&isNumber) : quint16{0};
    if (!isNumber) {
        std::fputs("Usage: http_hello PORT\n", stderr);
        return 2;
    }

    QHttpServer server;
    server.route(QStringLiteral("/"),
                 [] { return QHttpServerResponse(QByteArray("text/plain"), QByteArray("hello")); });
    auto* listener = new QTcpServer(&server);
    if (!listener->listen(QHostAddress::LocalHost, port)) {
        std::fprintf(stderr, "Cannot listen on 127.0.0.1:%d: %s\n", int{port},
                     qPrintable(listener->errorString()));
        return 1;
    }
    server.bind(listener);
    std::printf("http://127.0.0.1:%d/\n", int{listener->serverPort()});
    std::fflush(stdout);
    return app.exec();
}
