#pragma once

#include "actors/transport/wire.hpp"

#include <boost/asio/post.hpp>

#include <functional>
#include <utility>

namespace causeway {

/// Calls back with true once bytes are written, with false if they are lost:
/// on that thread, and never from inside the queue.
class written_call final : public write_waiter {
 public:
  written_call(wire_executor executor, std::function<void(bool)> f)
    : executor_{std::move(executor)}, f_{std::move(f)} {}

  void written(bool success) override {
    boost::asio::post(executor_, [f = std::move(f_), success] { f(success); });
  }

 private:
  wire_executor executor_;
  std::function<void(bool)> f_;
};

} // namespace causeway
