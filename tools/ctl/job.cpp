#include "tools/ctl/job.hpp"

#include "tools/ctl/display.hpp"
#include "tools/ctl/json_access.hpp"

#include <boost/json/serialize.hpp>

#include <chrono>
#include <iostream>
#include <thread>
#include <unistd.h>

namespace causeway::ctl {

namespace {

exit_code fail(exit_code code, const std::string& text) {
  std::cerr << "causewayctl: " << display_text(text) << '\n';
  return code;
}

exit_code run_once(const job& x) {
  auto answer = ask_server(x.socket, x.request);
  if (!answer)
    return fail(no_connection, answer.error().text);
  bool refused = answer->contains("error");
  std::string out;
  if (x.as_json)
    out = boost::json::serialize(*answer) + '\n';
  else if (!refused)
    out = x.show(*answer);
  // Home and clear, so that the picture stays in its place.
  if (x.watch && !x.as_json && ::isatty(STDOUT_FILENO) == 1)
    out.insert(0, "\x1b[H\x1b[2J");
  std::cout << out << std::flush;
  if (!refused)
    return done;
  if (!x.as_json) {
    // One says it all; of several each has a line.
    auto& errors = array_at(*answer, "errors");
    if (errors.size() > 1)
      for (auto& y : errors)
        if (auto* error = y.if_object())
          std::cerr << display_text(text_at(*error, "text")) << '\n';
    fail(refused_by_server, text_at(*answer, "error"));
  }
  return refused_by_server;
}

exit_code run_following(const job& x) {
  auto code = done;
  auto failure =
    follow_server(x.socket, x.request, [&](const boost::json::object& line) {
      if (line.contains("error")) {
        code = x.as_json ? refused_by_server
                         : fail(refused_by_server, text_at(line, "error"));
        if (!x.as_json)
          return false;
      }
      std::cout << (x.as_json ? boost::json::serialize(line) + '\n'
                              : x.show(line))
                << std::flush;
      return code == done && !line.contains("end") && std::cout;
    });
  return failure.text.empty() ? code : fail(no_connection, failure.text);
}

} // namespace

exit_code run(const job& x) {
  if (x.follow)
    return run_following(x);
  if (x.twice && !x.as_json) {
    // Shown to nobody: it only has the figures to compare with.
    if (auto first = ask_server(x.socket, x.request);
        first && !first->contains("error"))
      x.show(*first);
    std::this_thread::sleep_for(std::chrono::seconds{1});
  }
  auto code = run_once(x);
  while (x.watch && code == done && std::cout) {
    std::this_thread::sleep_for(std::chrono::duration<double>{*x.watch});
    code = run_once(x);
  }
  return code;
}

} // namespace causeway::ctl
