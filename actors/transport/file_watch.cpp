#include "actors/transport/file_watch.hpp"

#include "actors/inspect/event_log.hpp"
#include "actors/transport/io_threads.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <deque>
#include <filesystem>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <sys/inotify.h>
#include <utility>

namespace causeway {

namespace {

namespace fs = std::filesystem;
namespace net = boost::asio;
using boost::system::error_code;

constexpr std::chrono::milliseconds quiet{300};
constexpr std::chrono::seconds longest{2};

/// As many as the system follows (path_resolution(7)).
constexpr int max_links = 40;

constexpr std::uint32_t events = IN_CLOSE_WRITE | IN_MOVED_TO | IN_MOVED_FROM
                                 | IN_CREATE | IN_DELETE | IN_DELETE_SELF
                                 | IN_MOVE_SELF | IN_ATTRIB | IN_ONLYDIR;

class inotify_watch final : public file_watch,
                            public std::enable_shared_from_this<inotify_watch> {
 public:
  inotify_watch(
    net::io_context& context, int descriptor, std::function<void()> changed)
    : context_{context}, notes_{context, descriptor}, timer_{context},
      changed_{std::move(changed)} {}

  void start() {
    net::post(context_, [self = shared_from_this()] { self->read(); });
  }

  void watch(std::vector<std::string> files) override {
    net::post(context_,
      [self = shared_from_this(), files = std::move(files)]() mutable {
        self->files_ = std::move(files);
        self->look();
      });
  }

  void close() override {
    std::lock_guard guard{mutex_};
    changed_ = nullptr;
    net::post(context_, [self = shared_from_this()] {
      error_code ignored;
      self->notes_.close(ignored);
      self->timer_.cancel();
    });
  }

 private:
  using clock = std::chrono::steady_clock;

  void read() {
    if (!notes_.is_open())
      return;
    notes_.async_read_some(net::buffer(buffer_),
      [self = shared_from_this()](error_code error, std::size_t bytes) {
        if (error)
          return;
        self->take(bytes);
        self->read();
      });
  }

  void take(std::size_t bytes) {
    for (std::size_t at = 0; at + sizeof(inotify_event) <= bytes;) {
      inotify_event event{};
      std::memcpy(&event, buffer_.data() + at, sizeof(event));
      auto name = buffer_.data() + at + sizeof(event);
      if (concerns_us(event, event.len > 0 ? name : ""))
        delay();
      at += sizeof(event) + event.len;
    }
  }

  // Without a name it is the folder itself, or the kernel lost count.
  bool concerns_us(const inotify_event& x, const char* name) const {
    if (x.mask & IN_IGNORED)
      return false;
    return *name == '\0' || names_.contains({x.wd, name});
  }

  void delay() {
    auto now = clock::now();
    if (!first_)
      first_ = now;
    timer_.expires_at(std::min(now + quiet, *first_ + longest));
    timer_.async_wait([self = shared_from_this()](error_code error) {
      if (!error)
        self->tell();
    });
  }

  void tell() {
    first_.reset();
    // What was renamed may be another folder now.
    look();
    std::function<void()> call;
    {
      std::lock_guard guard{mutex_};
      call = changed_;
    }
    if (call)
      call();
  }

  void look() {
    if (!notes_.is_open())
      return;
    names_.clear();
    std::map<std::string, int> folders;
    for (auto& file : files_)
      for (auto& x : names_on_the_way(file)) {
        auto [i, is_new] = folders.try_emplace(x.folder, -1);
        if (is_new)
          i->second = ::inotify_add_watch(
            notes_.native_handle(), x.folder.c_str(), events);
        if (i->second >= 0)
          names_.emplace(i->second, x.name);
        else if (is_new)
          log_event(log_level::warn, "config_watch_failed",
            {{"folder", x.folder}, {"reason", std::strerror(errno)}});
      }
    // The same folder keeps its number.
    std::set<int> now;
    for (auto& [folder, number] : folders)
      now.insert(number);
    for (auto number : watched_)
      if (!now.contains(number))
        ::inotify_rm_watch(notes_.native_handle(), number);
    watched_ = std::move(now);
  }

  net::io_context& context_;
  net::posix::stream_descriptor notes_;
  net::steady_timer timer_;
  std::vector<std::string> files_;
  std::set<std::pair<int, std::string>> names_;
  std::set<int> watched_;
  std::optional<clock::time_point> first_;
  alignas(inotify_event) std::array<char, 16 * 1024> buffer_;
  std::mutex mutex_;
  std::function<void()> changed_;
};

/// What the outside holds: the operations under way keep the watch itself.
class watch_owner final : public file_watch {
 public:
  explicit watch_owner(std::shared_ptr<inotify_watch> x) : x_{std::move(x)} {}
  ~watch_owner() override { x_->close(); }
  void watch(std::vector<std::string> files) override {
    x_->watch(std::move(files));
  }
  void close() override { x_->close(); }

 private:
  std::shared_ptr<inotify_watch> x_;
};

} // namespace

protocol::result<std::shared_ptr<file_watch>, std::string> file_watch::open(
  io_threads& threads, std::function<void()> changed) {
  auto descriptor = ::inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
  if (descriptor < 0)
    return {boost::system::in_place_error,
      std::string{"inotify: "} + std::strerror(errno)};
  auto x = std::make_shared<inotify_watch>(
    threads.context(), descriptor, std::move(changed));
  x->start();
  return std::shared_ptr<file_watch>{
    std::make_shared<watch_owner>(std::move(x))};
}

std::vector<watched_name> names_on_the_way(const std::string& path) {
  std::vector<watched_name> out;
  std::error_code error;
  auto absolute = fs::absolute(path, error);
  std::deque<fs::path> left;
  for (auto& part : absolute.relative_path())
    left.push_back(part);
  fs::path folder = absolute.root_path();
  auto links = 0;
  while (!left.empty()) {
    auto name = std::move(left.front());
    left.pop_front();
    if (name.empty() || name == ".")
      continue;
    if (name == "..") {
      folder = folder.parent_path();
      continue;
    }
    auto entry = folder / name;
    auto status = fs::symlink_status(entry, error);
    auto is_link = fs::is_symlink(status);
    if (is_link || left.empty() || !fs::exists(status))
      out.push_back({folder.string(), name.string()});
    if (is_link) {
      auto target = fs::read_symlink(entry, error);
      if (error || ++links > max_links)
        return out;
      if (target.is_absolute())
        folder = target.root_path();
      std::deque<fs::path> more;
      for (auto& part : target.relative_path())
        more.push_back(part);
      left.insert(left.begin(), more.begin(), more.end());
      continue;
    }
    if (!fs::exists(status))
      return out;
    folder = std::move(entry);
  }
  return out;
}

} // namespace causeway
