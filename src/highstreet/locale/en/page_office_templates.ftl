# Known models of contracts to start from.
office-templates = Start from a known model
office-templates_lead = It fills the form. Change what you agreed otherwise.
office-templates_says = What this model says
office-templates_keeps = What the form does not ask for stays as the model says.
office-template_flagship = Our shop sells the dealer’s goods
office-template_does_flagship = The brand’s online shop sells what lies in the dealer’s stores, collects, and keeps a service fee; the rest is the dealer’s.
office-template_home_store = Online orders earn for the member’s home store
office-template_does_home_store = Online orders are filled from the brand’s goods; what is left after its part goes to the store that is the member’s home.
office-template_follower_card = Card and code bind the follower’s orders
office-template_does_follower_card = Of a follower’s online orders the store whose card they carry gets a part, and the store whose code brought them another.
office-template_department_store = Counter in a department store
office-template_does_department_store = The store takes all money on its floor, keeps a commission, and pays the rest to whoever runs the counter.
office-template_consignment = Goods on consignment
office-template_does_consignment = The goods stay the brand’s until they are sold; the dealer sells and collects, keeps a commission, and passes on the rest.
office-template_own_stores = Own stores only
office-template_does_own_stores = The brand runs the places itself, collects everything and keeps it.
