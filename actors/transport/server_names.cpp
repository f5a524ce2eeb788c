#include "actors/transport/server_names.hpp"

#include <boost/asio/ip/address.hpp>
#include <openssl/objects.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <array>
#include <memory>
#include <string_view>
#include <strings.h>

namespace causeway {

namespace {

using names_ptr = std::unique_ptr<GENERAL_NAMES, decltype(&GENERAL_NAMES_free)>;

constexpr int described_names = 3;
constexpr std::size_t described_bytes = 100;

names_ptr alternative_names(X509* certificate) {
  auto names =
    X509_get_ext_d2i(certificate, NID_subject_alt_name, nullptr, nullptr);
  return {static_cast<GENERAL_NAMES*>(names), &GENERAL_NAMES_free};
}

std::string_view text_of(const ASN1_STRING* x) {
  return {reinterpret_cast<const char*>(ASN1_STRING_get0_data(x)),
    static_cast<std::size_t>(ASN1_STRING_length(x))};
}

bool equal_names(std::string_view x, std::string_view y) {
  return x.size() == y.size() && strncasecmp(x.data(), y.data(), x.size()) == 0;
}

/// XmppAddr holds a domain, SRVName one behind the name of the service.
bool is_xmpp_name(const OTHERNAME& x, std::string_view name) {
  auto kind = OBJ_obj2nid(x.type_id);
  if (kind == NID_XmppAddr && x.value->type == V_ASN1_UTF8STRING)
    return equal_names(text_of(x.value->value.utf8string), name);
  if (kind != NID_SRVName || x.value->type != V_ASN1_IA5STRING)
    return false;
  auto service = text_of(x.value->value.ia5string);
  for (std::string_view prefix : {"_xmpp-client.", "_xmpps-client."})
    if (equal_names(service.substr(0, prefix.size()), prefix)
        && equal_names(service.substr(prefix.size()), name))
      return true;
  return false;
}

std::string describe(const GENERAL_NAME& x) {
  if (x.type == GEN_DNS) {
    std::string out{text_of(x.d.dNSName).substr(0, described_bytes)};
    // What a server says must not reach a terminal as it is.
    std::replace_if(
      out.begin(), out.end(), [](char c) { return c <= ' ' || c > '~'; }, '?');
    return out;
  }
  if (x.type != GEN_IPADD)
    return {};
  auto bytes = text_of(x.d.iPAddress);
  if (boost::asio::ip::address_v4::bytes_type v4; bytes.size() == v4.size()) {
    std::copy(bytes.begin(), bytes.end(), v4.begin());
    return boost::asio::ip::address_v4{v4}.to_string();
  }
  if (boost::asio::ip::address_v6::bytes_type v6; bytes.size() == v6.size()) {
    std::copy(bytes.begin(), bytes.end(), v6.begin());
    return boost::asio::ip::address_v6{v6}.to_string();
  }
  return {};
}

} // namespace

bool has_name(X509* certificate, const std::string& name) {
  constexpr unsigned rules =
    X509_CHECK_FLAG_NEVER_CHECK_SUBJECT | X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS;
  // OpenSSL takes a dot in front for any subdomain.
  if (name.empty() || name.front() == '.')
    return false;
  boost::system::error_code no_address;
  boost::asio::ip::make_address(name, no_address);
  if (!no_address)
    return X509_check_ip_asc(certificate, name.c_str(), 0) == 1;
  if (X509_check_host(certificate, name.data(), name.size(), rules, nullptr)
      == 1)
    return true;
  auto names = alternative_names(certificate);
  for (int i = 0; i < sk_GENERAL_NAME_num(names.get()); ++i) {
    auto x = sk_GENERAL_NAME_value(names.get(), i);
    if (x->type == GEN_OTHERNAME && is_xmpp_name(*x->d.otherName, name))
      return true;
  }
  return false;
}

std::string describe_names(X509* certificate) {
  std::string out;
  auto names = alternative_names(certificate);
  int described = 0;
  for (int i = 0; i < sk_GENERAL_NAME_num(names.get()); ++i) {
    auto text = describe(*sk_GENERAL_NAME_value(names.get(), i));
    if (text.empty())
      continue;
    if (described++ == described_names)
      return out + ", ...";
    out += (out.empty() ? "" : ", ") + text;
  }
  return out.empty() ? "no name" : out;
}

} // namespace causeway
