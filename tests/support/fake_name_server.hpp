#pragma once

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ip/udp.hpp>

#include <array>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace causeway {

/// A resource record of the answer section; its name is that of the question.
struct fake_record {
  std::uint16_t type;
  std::uint32_t ttl;
  std::string data;

  static fake_record a(std::string_view address, std::uint32_t ttl = 300);
  static fake_record aaaa(std::string_view address, std::uint32_t ttl = 300);
  static fake_record srv(std::uint16_t priority, std::uint16_t weight,
    std::uint16_t port, std::string_view target, std::uint32_t ttl = 300);
};

/// What the server makes of a question.
struct fake_answer {
  std::vector<fake_record> records;
  /// RFC 1035 section 4.1.1: 2 is SERVFAIL, 3 NXDOMAIN.
  std::uint8_t code = 0;
  /// Never answers.
  bool silent = false;
  /// Stops in the middle of the first record.
  bool malformed = false;
  /// UDP carries no record; TCP carries all.
  bool only_tcp = false;
};

/// A name server on one UDP and TCP port of 127.0.0.1, run by the context.
class fake_name_server {
 public:
  explicit fake_name_server(boost::asio::io_context& context);

  /// "127.0.0.1:PORT".
  std::string address() const;

  /// By lower-case name and type; what is missing here does not exist.
  std::map<std::pair<std::string, std::uint16_t>, fake_answer> answers;
  /// Questions so far.
  int udp_queries = 0;
  int tcp_queries = 0;

 private:
  using tcp_socket = boost::asio::ip::tcp::socket;

  void receive();
  void accept();
  /// Answers one question on a connection.
  void serve(std::shared_ptr<tcp_socket> client);
  /// Empty: no answer.
  std::string reply(std::string_view query, bool tcp) const;

  boost::asio::ip::udp::socket udp_;
  boost::asio::ip::tcp::acceptor acceptor_;
  boost::asio::ip::udp::endpoint peer_;
  std::array<char, 512> buffer_{};
};

} // namespace causeway
