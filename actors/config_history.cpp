#include "actors/config_history.hpp"

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <ctime>
#include <fcntl.h>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <optional>
#include <sys/stat.h>
#include <unistd.h>
#include <utility>

namespace causeway {

namespace {

namespace fs = std::filesystem;

constexpr std::string_view suffix = ".yaml";
/// So that names sort as numbers do.
constexpr std::size_t digits = 10;

std::optional<std::uint64_t> number_of(std::string_view text) {
  std::uint64_t x = 0;
  auto end = text.data() + text.size();
  auto [stop, error] = std::from_chars(text.data(), end, x);
  if (text.empty() || error != std::errc{} || stop != end)
    return std::nullopt;
  return x;
}

// "# generation=7 at=1764374400 trigger=file source=/etc/causeway.yaml"
std::string header_of(const history_entry& x) {
  auto seconds =
    std::chrono::duration_cast<std::chrono::seconds>(x.at.time_since_epoch());
  auto trigger = x.trigger;
  std::ranges::replace(trigger, ' ', '_');
  return "# generation=" + std::to_string(x.generation)
         + " at=" + std::to_string(seconds.count()) + " trigger=" + trigger
         + " source=" + x.source + '\n';
}

std::string_view take_field(std::string_view& line, std::string_view name) {
  auto begin = line.find(std::string{name} + '=');
  if (begin == line.npos)
    return {};
  auto rest = line.substr(begin + name.size() + 1);
  // The last one may have spaces.
  return name == "source" ? rest : rest.substr(0, rest.find(' '));
}

std::optional<history_entry> parse_header(std::string_view line) {
  if (!line.starts_with("# "))
    return std::nullopt;
  auto generation = number_of(take_field(line, "generation"));
  auto at = number_of(take_field(line, "at"));
  if (!generation || !at)
    return std::nullopt;
  history_entry x;
  x.generation = *generation;
  x.at = std::chrono::system_clock::time_point{
    std::chrono::seconds{static_cast<std::int64_t>(*at)}};
  x.trigger = take_field(line, "trigger");
  std::ranges::replace(x.trigger, '_', ' ');
  x.source = take_field(line, "source");
  return x;
}

std::string write_whole(const std::string& file, std::string_view text) {
  auto draft = file + ".new";
  ::unlink(draft.c_str());
  auto descriptor = ::open(
    draft.c_str(), O_CREAT | O_EXCL | O_NOFOLLOW | O_WRONLY | O_CLOEXEC, 0600);
  if (descriptor < 0)
    return draft + ": " + std::strerror(errno);
  auto rest = text;
  while (!rest.empty()) {
    auto n = ::write(descriptor, rest.data(), rest.size());
    if (n <= 0)
      break;
    rest.remove_prefix(static_cast<std::size_t>(n));
  }
  auto good = rest.empty() && ::fsync(descriptor) == 0;
  ::close(descriptor);
  if (!good || ::rename(draft.c_str(), file.c_str()) != 0)
    return file + ": " + std::strerror(errno);
  return {};
}

std::string read_all(const std::string& file) {
  std::ifstream in{file, std::ios::binary};
  return {std::istreambuf_iterator<char>{in}, {}};
}

} // namespace

std::string config_history::name_of(std::uint64_t generation) const {
  auto number = std::to_string(generation);
  if (number.size() < digits)
    number.insert(0, digits - number.size(), '0');
  return folder_ + '/' + number + std::string{suffix};
}

std::vector<history_entry> config_history::list() const {
  std::vector<history_entry> out;
  std::error_code error;
  for (fs::directory_iterator i{folder_, error}, end; !error && i != end;
       i.increment(error)) {
    auto file = i->path().string();
    if (!file.ends_with(suffix))
      continue;
    auto text = read_all(file);
    auto header = text.substr(0, text.find('\n'));
    if (auto x = parse_header(header); x && file == name_of(x->generation)) {
      x->bytes = text.size() - header.size() - 1;
      out.push_back(std::move(*x));
    }
  }
  std::ranges::sort(out, std::greater{}, &history_entry::generation);
  return out;
}

protocol::result<std::string, std::string> config_history::read(
  std::uint64_t generation) const {
  auto text = read_all(name_of(generation));
  auto end = text.find('\n');
  if (end == text.npos || !parse_header(text.substr(0, end)))
    return {boost::system::in_place_error,
      "generation " + std::to_string(generation) + " is not in the history"};
  return {boost::system::in_place_value, text.substr(end + 1)};
}

std::string config_history::add(
  const history_entry& x, std::string_view text) const {
  if (::mkdir(folder_.c_str(), 0700) != 0 && errno != EEXIST)
    return folder_ + ": " + std::strerror(errno);
  auto problem =
    write_whole(name_of(x.generation), header_of(x) + std::string{text});
  auto all = list();
  for (std::size_t i = most_; i < all.size(); ++i)
    ::unlink(name_of(all[i].generation).c_str());
  return problem;
}

} // namespace causeway
