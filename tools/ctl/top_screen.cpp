#include "tools/ctl/top_screen.hpp"

#include "tools/ctl/display.hpp"
#include "tools/ctl/json_access.hpp"

#include <boost/json/serialize.hpp>

#include <algorithm>
#include <chrono>
#include <clocale>
#include <iostream>
#include <optional>
#include <thread>
#include <unistd.h>

// Functions, not macros with names such as `move`.
#define NCURSES_NOMACROS
#include <curses.h>

namespace causeway::ctl {

namespace {

using std::chrono::steady_clock;
using answer = protocol::result<boost::json::object, connection_error>;

exit_code fail(exit_code code, const std::string& text) {
  std::cerr << "causewayctl: " << display_text(text) << '\n';
  return code;
}

answer ask(const top_job& x) {
  return ask_server(
    x.socket, {{"command", "top"}, {"actors", std::uint64_t{x.actors}}});
}

// Nobody was looking when they ran, so none of the actors could be asked.
bool lacks_figures(const boost::json::object& top) {
  return std::ranges::none_of(array_at(top, "actors"), [](auto& x) {
    auto* row = x.if_object();
    return row && row->contains("handled");
  });
}

exit_code print_once(const top_job& x) {
  auto before = ask(x);
  if (!before)
    return fail(no_connection, before.error().text);
  std::optional<answer> now;
  if (!x.as_json) {
    // For the rates. The first look makes the server keep actors in reach.
    std::this_thread::sleep_for(std::chrono::seconds{1});
    if (lacks_figures(*before)) {
      before = ask(x);
      if (!before)
        return fail(no_connection, before.error().text);
      std::this_thread::sleep_for(std::chrono::seconds{1});
    }
    now = ask(x);
    if (!*now)
      return fail(no_connection, now->error().text);
  }
  auto& last = now ? **now : *before;
  if (x.as_json)
    std::cout << boost::json::serialize(last) << '\n';
  if (last.contains("error"))
    return x.as_json ? refused_by_server
                     : fail(refused_by_server, text_at(last, "error"));
  if (x.as_json)
    return done;
  top_options options;
  options.width = 200;
  options.height = x.actors + 8;
  options.order = x.order;
  options.help = false;
  for (auto& line : draw_top(last, &*before, options))
    std::cout << line << '\n';
  return done;
}

// The terminal, as it was before when this goes.
class screen {
 public:
  screen() {
    std::setlocale(LC_ALL, "");
    ::initscr();
    ::cbreak();
    ::noecho();
    ::curs_set(0);
    ::keypad(stdscr, TRUE);
  }
  screen(const screen&) = delete;
  screen& operator=(const screen&) = delete;
  ~screen() { ::endwin(); }

  top_options size() const {
    top_options x;
    x.width = static_cast<std::size_t>(std::max(1, COLS));
    x.height = static_cast<std::size_t>(std::max(1, LINES));
    return x;
  }

  void show(const std::vector<std::string>& lines) {
    ::erase();
    for (std::size_t i = 0; i < lines.size(); ++i) {
      // The title of the table.
      auto is_title = i == 6;
      if (is_title)
        ::attron(A_REVERSE);
      ::mvaddstr(static_cast<int>(i), 0, lines[i].c_str());
      if (is_title)
        ::attroff(A_REVERSE);
    }
    ::refresh();
  }

  // A key, or ERR once the time is over.
  int wait_for_key(std::chrono::milliseconds limit) {
    ::timeout(static_cast<int>(std::max<std::int64_t>(0, limit.count())));
    return ::getch();
  }
};

class live_view {
 public:
  live_view(const top_job& x, boost::json::object first)
    : job_{x}, order_{x.order}, now_{std::move(first)} {}

  void run() {
    auto interval = std::chrono::duration_cast<steady_clock::duration>(
      std::chrono::duration<double>{job_.interval});
    // The second look comes soon: only then there are rates.
    auto next =
      steady_clock::now()
      + std::min<steady_clock::duration>(interval, std::chrono::seconds{1});
    while (true) {
      draw();
      auto left = std::chrono::ceil<std::chrono::milliseconds>(
        next - steady_clock::now());
      auto key = screen_.wait_for_key(left);
      if (key == 'q' || key == 'Q')
        return;
      if (auto order = order_of_key(key))
        order_ = *order;
      if (key == ' ' || steady_clock::now() >= next) {
        look();
        next = steady_clock::now() + interval;
      }
    }
  }

 private:
  void look() {
    auto answer = ask(job_);
    failure_ = answer ? text_at(*answer, "error") : answer.error().text;
    if (!failure_.empty())
      return;
    before_ = std::move(now_);
    now_ = std::move(*answer);
  }

  void draw() {
    auto options = screen_.size();
    options.order = order_;
    auto lines = draw_top(now_, before_ ? &*before_ : nullptr, options);
    if (!failure_.empty() && !lines.empty())
      lines.back() = display_text(failure_).substr(0, options.width);
    screen_.show(lines);
  }

  top_job job_;
  top_order order_;
  boost::json::object now_;
  std::optional<boost::json::object> before_;
  std::string failure_;
  screen screen_;
};

} // namespace

exit_code run_top(const top_job& x) {
  auto is_terminal =
    ::isatty(STDIN_FILENO) == 1 && ::isatty(STDOUT_FILENO) == 1;
  if (x.once || x.as_json || !is_terminal)
    return print_once(x);
  auto first = ask(x);
  if (!first)
    return fail(no_connection, first.error().text);
  if (first->contains("error"))
    return fail(refused_by_server, text_at(*first, "error"));
  live_view{x, std::move(*first)}.run();
  return done;
}

} // namespace causeway::ctl
