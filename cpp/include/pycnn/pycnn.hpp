// All of pycnn's C++ library.
#pragma once

#include "pycnn/activation.hpp"
#include "pycnn/conv.hpp"
#include "pycnn/conv_transpose.hpp"
#include "pycnn/dropout.hpp"
#include "pycnn/graph.hpp"
#include "pycnn/loss.hpp"
#include "pycnn/metric.hpp"
#include "pycnn/network.hpp"
#include "pycnn/optimizer.hpp"
#include "pycnn/pool.hpp"
#include "pycnn/random.hpp"
#include "pycnn/resize.hpp"
#include "pycnn/runtime.hpp"
#include "pycnn/softmax.hpp"
#include "pycnn/tensor.hpp"
#include "pycnn/window.hpp"
