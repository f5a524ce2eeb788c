#include "actors/config_files.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iterator>
#include <string_view>
#include <utility>

namespace causeway {

namespace {

/// More than any certificate chain; a file that grows for ever must not take
/// the memory.
constexpr std::streamsize most_bytes = 4 * 1024 * 1024;

std::size_t stamp_of(const std::string& file) {
  // To open a pipe waits for whoever writes into it.
  std::error_code error;
  if (!std::filesystem::is_regular_file(file, error))
    return 0;
  std::ifstream in{file, std::ios::binary};
  if (!in)
    return 0;
  std::string text(most_bytes, '\0');
  in.read(text.data(), most_bytes);
  text.resize(static_cast<std::size_t>(in.gcount()));
  return std::hash<std::string_view>{}(text);
}

} // namespace

std::vector<std::string> named_files(const config::configuration& x) {
  std::vector<std::string> out;
  for (auto& listener : x.listeners)
    for (auto& y : listener.tls) {
      out.push_back(y.certificate);
      out.push_back(y.key);
    }
  for (auto& [name, domain] : x.domains)
    for (auto& y : domain.upstream)
      if (!y.ca.empty())
        out.push_back(y.ca);
  auto& keys = x.stream.management.keys;
  out.insert(out.end(), keys.begin(), keys.end());
  std::ranges::sort(out);
  auto rest = std::ranges::unique(out);
  out.erase(rest.begin(), rest.end());
  // Of a configuration that is wrong.
  std::erase(out, std::string{});
  return out;
}

file_stamps read_stamps(const std::vector<std::string>& files) {
  file_stamps out;
  for (auto& file : files)
    out.emplace(file, stamp_of(file));
  return out;
}

std::vector<std::string> changed_files(
  const file_stamps& before, const file_stamps& now) {
  std::vector<std::string> out;
  for (auto& [file, stamp] : now)
    if (auto i = before.find(file); i != before.end() && i->second != stamp)
      out.push_back(file);
  return out;
}

} // namespace causeway
