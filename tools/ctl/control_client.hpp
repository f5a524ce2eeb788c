#pragma once

#include "protocol/result.hpp"

#include <boost/json/object.hpp>

#include <functional>
#include <string>

/// The client side of the control socket: a line of JSON asks, a line answers.
namespace causeway::ctl {

/// Why there is no answer: a sentence for the operator.
struct connection_error {
  std::string text;
};

/// Sends one request to the server at `path` over a connection of its own and
/// waits for the answer, 15 seconds at most.
protocol::result<boost::json::object, connection_error> ask_server(
  const std::string& path, const boost::json::object& request);

/// The same for an answer of many lines: `take` gets one after the other, until
/// it returns false or the server has no more. Waits without limit. An empty
/// error stands for none.
connection_error follow_server(const std::string& path,
  const boost::json::object& request,
  const std::function<bool(const boost::json::object&)>& take);

} // namespace causeway::ctl
