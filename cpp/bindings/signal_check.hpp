// Ctrl-C during a long call: Python only notes signals while C++ runs.
#pragma once

#include <pybind11/pybind11.h>

#include <chrono>

namespace pycnn::bindings {

/// Called often without the GIL, lets Python handle signals now and then, in the thread that does;
/// throws what their handlers raise. Not each time: others may hold the GIL for milliseconds.
class SignalCheck {
 public:
  void operator()() {
    const Clock::time_point now = Clock::now();
    if (now - last_ < std::chrono::milliseconds(50)) return;
    last_ = now;
    const pybind11::gil_scoped_acquire gil;
    if (PyErr_CheckSignals() != 0) throw pybind11::error_already_set();
  }

 private:
  using Clock = std::chrono::steady_clock;
  Clock::time_point last_ = Clock::now();
};

}  // namespace pycnn::bindings
