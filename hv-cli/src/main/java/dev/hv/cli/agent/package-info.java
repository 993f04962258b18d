/** The agent in guests and its host's side: programs run, files put and fetched. */
package dev.hv.cli.agent;
