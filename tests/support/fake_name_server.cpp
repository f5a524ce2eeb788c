#include "tests/support/fake_name_server.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/ip/address.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/write.hpp>

#include <arpa/nameser.h>

namespace causeway {

namespace net = boost::asio;
using boost::system::error_code;
using net::ip::tcp;
using net::ip::udp;

namespace {

constexpr std::size_t header_size = 12;

std::string number(std::uint32_t x, int size) {
  std::string result;
  while (size-- > 0)
    result += static_cast<char>(x >> 8 * size & 0xff);
  return result;
}

std::string encode_name(std::string_view name) {
  std::string result;
  while (!name.empty() && name != ".") {
    auto label = name.substr(0, name.find('.'));
    result += static_cast<char>(label.size());
    result += label;
    name.remove_prefix(std::min(label.size() + 1, name.size()));
  }
  return result + '\0';
}

template <class Address>
std::string bytes_of(const Address& x) {
  auto bytes = x.to_bytes();
  return {bytes.begin(), bytes.end()};
}

struct question {
  std::string name;
  std::uint16_t type = 0;
  std::string bytes;
};

question read_question(std::string_view query) {
  question result;
  auto at = header_size;
  while (query[at] != 0) {
    auto size = static_cast<std::size_t>(query[at]);
    result.name += result.name.empty() ? "" : ".";
    result.name += query.substr(at + 1, size);
    at += size + 1;
  }
  auto high = static_cast<unsigned char>(query[at + 1]);
  auto low = static_cast<unsigned char>(query[at + 2]);
  result.type = static_cast<std::uint16_t>(high << 8 | low);
  result.bytes = query.substr(header_size, at + 5 - header_size);
  return result;
}

} // namespace

fake_record fake_record::a(std::string_view address, std::uint32_t ttl) {
  return {ns_t_a, ttl, bytes_of(net::ip::make_address_v4(address))};
}

fake_record fake_record::aaaa(std::string_view address, std::uint32_t ttl) {
  return {ns_t_aaaa, ttl, bytes_of(net::ip::make_address_v6(address))};
}

fake_record fake_record::srv(std::uint16_t priority, std::uint16_t weight,
  std::uint16_t port, std::string_view target, std::uint32_t ttl) {
  return {ns_t_srv, ttl,
    number(priority, 2) + number(weight, 2) + number(port, 2)
      + encode_name(target)};
}

fake_name_server::fake_name_server(net::io_context& context)
  : udp_{context, udp::v4()}, acceptor_{context} {
  // A port that is free for TCP may be taken for UDP.
  auto loopback = net::ip::address_v4::loopback();
  error_code taken;
  do {
    acceptor_ = tcp::acceptor{context, tcp::endpoint{loopback, 0}};
    udp_.bind({loopback, acceptor_.local_endpoint().port()}, taken);
  } while (taken == net::error::address_in_use);
  receive();
  accept();
}

std::string fake_name_server::address() const {
  return "127.0.0.1:" + std::to_string(udp_.local_endpoint().port());
}

void fake_name_server::receive() {
  udp_.async_receive_from(
    net::buffer(buffer_), peer_, [this](error_code error, std::size_t size) {
      if (error)
        return;
      ++udp_queries;
      auto text = reply({buffer_.data(), size}, false);
      if (!text.empty())
        udp_.send_to(net::buffer(text), peer_);
      receive();
    });
}

void fake_name_server::accept() {
  acceptor_.async_accept([this](error_code error, tcp::socket client) {
    if (error)
      return;
    serve(std::make_shared<tcp::socket>(std::move(client)));
    accept();
  });
}

void fake_name_server::serve(std::shared_ptr<tcp_socket> client) {
  auto query = std::make_shared<std::string>(2, '\0');
  net::async_read(*client, net::buffer(*query),
    [this, client, query](error_code error, std::size_t) {
      if (error)
        return;
      auto high = static_cast<unsigned char>((*query)[0]);
      auto low = static_cast<unsigned char>((*query)[1]);
      query->resize(static_cast<std::size_t>(high << 8 | low));
      net::read(*client, net::buffer(*query));
      ++tcp_queries;
      auto text = reply(*query, true);
      auto size = number(static_cast<std::uint32_t>(text.size()), 2);
      net::write(*client, net::buffer(size + text));
    });
}

std::string fake_name_server::reply(std::string_view query, bool tcp) const {
  auto asked = read_question(query);
  auto found = answers.find({asked.name, asked.type});
  auto answer = found == answers.end() ? fake_answer{{}, 3} : found->second;
  if (answer.silent)
    return {};
  auto cut = answer.only_tcp && !tcp;
  // A response, recursion desired and available.
  auto flags = 0x8180u | answer.code | (cut ? 0x0200u : 0);
  auto count = cut ? 0 : answer.records.size();
  auto result = std::string{query.substr(0, 2)} + number(flags, 2)
                + number(1, 2) + number(static_cast<std::uint32_t>(count), 2)
                + number(0, 4) + asked.bytes;
  for (std::size_t i = 0; i < count; ++i) {
    const auto& record = answer.records[i];
    // The name is a pointer to that of the question.
    auto bytes = number(0xc000u | header_size, 2) + number(record.type, 2)
                 + number(1, 2) + number(record.ttl, 4)
                 + number(static_cast<std::uint32_t>(record.data.size()), 2)
                 + record.data;
    result += answer.malformed ? bytes.substr(0, bytes.size() / 2) : bytes;
  }
  return result;
}

} // namespace causeway
