// SPDX-License-Identifier: GPL-3.0-or-later
// Where no display can be used, Qt ends the program by abort(): with a core dump, and advice about plugins.
#pragma once

namespace ringmaster {

// While it exists, and a QApplication is made, that end is a clean one: the reason on standard error, and
// exit code 3. What Qt says otherwise is held back until then.
class DisplayCheck {
public:
    static constexpr int noDisplay = 3;

    DisplayCheck();
    ~DisplayCheck(); // a display is there: Qt's messages are its own again

    DisplayCheck(const DisplayCheck&) = delete;
    DisplayCheck& operator=(const DisplayCheck&) = delete;
};

} // namespace ringmaster
