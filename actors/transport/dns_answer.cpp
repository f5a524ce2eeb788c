#include "actors/transport/dns_answer.hpp"

#include <boost/asio/ip/address.hpp>

#include <algorithm>
#include <ares.h>
#include <cstring>
#include <memory>
#include <netinet/in.h>
#include <optional>

namespace causeway {

namespace {

namespace ip = boost::asio::ip;

/// Walks through a DNS message. Once it has run over the end, all else fails.
class message_reader {
 public:
  explicit message_reader(std::span<const unsigned char> rest) : rest_{rest} {}

  bool skip(std::size_t size) { return take(size).has_value(); }

  /// A big-endian number.
  std::optional<std::uint32_t> number(std::size_t size) {
    auto bytes = take(size);
    if (!bytes)
      return std::nullopt;
    std::uint32_t result = 0;
    for (auto byte : *bytes)
      result = result << 8 | byte;
    return result;
  }

  /// Labels up to an empty one or a pointer, which ends a name.
  bool skip_name() {
    while (auto size = number(1)) {
      if (*size == 0)
        return true;
      if (*size >= 0xc0)
        return skip(1);
      if (!skip(*size))
        return false;
    }
    return false;
  }

 private:
  std::optional<std::span<const unsigned char>> take(std::size_t size) {
    if (failed_ || size > rest_.size()) {
      failed_ = true;
      return std::nullopt;
    }
    auto result = rest_.first(size);
    rest_ = rest_.subspan(size);
    return result;
  }

  std::span<const unsigned char> rest_;
  bool failed_ = false;
};

/// RFC 2181 section 8: a TTL with the highest bit set is 0.
std::uint32_t ttl_of(std::uint32_t x) {
  return x > 0x7fffffff ? 0 : x;
}

std::optional<std::string> to_text(const sockaddr* address) {
  if (address->sa_family == AF_INET) {
    ip::address_v4::bytes_type bytes;
    std::memcpy(bytes.data(),
      &reinterpret_cast<const sockaddr_in*>(address)->sin_addr, bytes.size());
    return ip::address_v4{bytes}.to_string();
  }
  if (address->sa_family == AF_INET6) {
    ip::address_v6::bytes_type bytes;
    std::memcpy(bytes.data(),
      &reinterpret_cast<const sockaddr_in6*>(address)->sin6_addr, bytes.size());
    return ip::address_v6{bytes}.to_string();
  }
  return std::nullopt;
}

} // namespace

dns_error make_dns_error(int status) {
  auto absent = status == ARES_ENOTFOUND || status == ARES_ENODATA
                || status == ARES_EBADNAME;
  return {absent, ares_strerror(status)};
}

resolver::srv_answer read_srv_answer(std::span<const unsigned char> message) {
  ares_srv_reply* first = nullptr;
  auto status = ares_parse_srv_reply(
    message.data(), static_cast<int>(message.size()), &first);
  std::unique_ptr<ares_srv_reply, decltype(&ares_free_data)> owner{
    first, ares_free_data};
  if (status != ARES_SUCCESS)
    return make_dns_error(status);
  std::vector<srv_record> records;
  auto ttl = smallest_ttl(message);
  for (auto x = first; x; x = x->next) {
    // c-ares writes the root as an empty name.
    std::string target = *x->host ? x->host : ".";
    records.push_back(
      {std::move(target), x->port, x->priority, x->weight, ttl});
  }
  if (records.empty())
    return make_dns_error(ARES_ENODATA);
  return records;
}

resolver::host_answer read_addresses(const ares_addrinfo& list) {
  std::vector<std::string> addresses;
  for (auto x = list.nodes; x; x = x->ai_next) {
    auto text = to_text(x->ai_addr);
    if (text && std::ranges::find(addresses, *text) == addresses.end())
      addresses.push_back(std::move(*text));
  }
  if (addresses.empty())
    return make_dns_error(ARES_ENODATA);
  return addresses;
}

std::uint32_t smallest_ttl(std::span<const unsigned char> message) {
  message_reader reader{message};
  // Identifier and flags, then the number of questions, answers and others.
  reader.skip(4);
  auto questions = reader.number(2);
  auto answers = reader.number(2);
  if (!answers || *answers == 0 || !reader.skip(4))
    return 0;
  for (auto i = *questions; i > 0; --i)
    if (!reader.skip_name() || !reader.skip(4))
      return 0;
  auto result = ~std::uint32_t{0};
  for (auto i = *answers; i > 0; --i) {
    if (!reader.skip_name() || !reader.skip(4))
      return 0;
    auto ttl = reader.number(4);
    auto size = reader.number(2);
    if (!size || !reader.skip(*size))
      return 0;
    result = std::min(result, ttl_of(*ttl));
  }
  return result;
}

} // namespace causeway
