/** YAML files whose keys are known from a table: read with bounds, checked, all that is wrong told at once, and described as a JSON Schema. */
package dev.hv.cli.yaml;
