-- makes 2
create function f() returns int begin atomic select 1; end; Create Or Replace Function g() Returns int Begin Atomic Select 1; End;
