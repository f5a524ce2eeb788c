#pragma once

#include "actors/handle_cell.hpp"
#include "actors/interfaces.hpp"
#include "protocol/result.hpp"

#include <memory>
#include <string>

namespace causeway {

class io_threads;

/// The Unix socket of causewayctl: one line of JSON asks, one line answers,
/// in order. Only the user that runs the server may connect (mode 0600).
///
/// At most 16 connections at a time, 64 KiB per request. A request that the
/// admin does not answer within 10 seconds gets an error; a connection that
/// asks nothing for a minute is closed.
class control_socket {
 public:
  /// Listens at `path`, in a folder that exists. Replaces the socket of a
  /// server that is gone; refuses if one is alive there. The error is a
  /// sentence for the operator.
  static protocol::result<std::shared_ptr<control_socket>, std::string> open(
    io_threads& threads, const std::string& path,
    std::shared_ptr<handle_cell<admin_actor>> admin);

  control_socket() = default;
  control_socket(const control_socket&) = delete;
  control_socket& operator=(const control_socket&) = delete;
  virtual ~control_socket() = default;

  /// Closes every connection and removes the socket file. Call it before the
  /// threads stop; may be called from any thread.
  virtual void close() = 0;
};

} // namespace causeway
