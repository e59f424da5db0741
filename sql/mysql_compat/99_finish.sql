/*
 * sql/mysql_compat/99_finish.sql
 *	  Who may use it: everyone, as nothing here reads a table.
 */

GRANT USAGE ON SCHEMA mysql_compat TO PUBLIC;
