#include "actions/net/ssh/client.h"

namespace foehn::net {
namespace {

std::string_view doing(SshPhase phase) {
  switch (phase) {
    case SshPhase::kResolve: return "while resolving the name";
    case SshPhase::kConnect: return "while connecting";
    case SshPhase::kHandshake: return "during the handshake";
    case SshPhase::kAuthenticate: return "while authenticating";
    case SshPhase::kOpenChannel: return "while opening a channel";
    case SshPhase::kRun: return "while running the command";
  }
  return "";
}

}  // namespace

std::string_view to_string(SshErrorClass error_class) {
  switch (error_class) {
    case SshErrorClass::kRefused: return "refused";
    case SshErrorClass::kUnreachable: return "unreachable";
    case SshErrorClass::kTimeout: return "timeout";
    case SshErrorClass::kAuth: return "auth";
    case SshErrorClass::kHostKey: return "host_key";
    case SshErrorClass::kExit: return "exit";
    case SshErrorClass::kSignal: return "signal";
    case SshErrorClass::kLost: return "lost";
    case SshErrorClass::kCancelled: return "cancelled";
    case SshErrorClass::kOutputLimit: return "output_limit";
    case SshErrorClass::kProtocol: return "protocol";
  }
  return "protocol";
}

std::string_view to_string(SshPhase phase) {
  switch (phase) {
    case SshPhase::kResolve: return "resolve";
    case SshPhase::kConnect: return "connect";
    case SshPhase::kHandshake: return "handshake";
    case SshPhase::kAuthenticate: return "authenticate";
    case SshPhase::kOpenChannel: return "open channel";
    case SshPhase::kRun: return "run";
  }
  return "run";
}

std::string SshFailure::message() const {
  return std::string(to_string(error_class)) + ": " + user + "@" + host + ":" + std::to_string(port) + " " +
         std::string(doing(phase)) + " (attempt " + std::to_string(attempt) + "): " + detail;
}

}  // namespace foehn::net
